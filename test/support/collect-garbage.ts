import { afterEach } from 'vitest';

/** Far fewer than 500 peer connections are made in as many tests. */
const TESTS = 20;

let tests = 0;

// Chromium counts a closed peer connection until it is collected, and refuses a process the 501st.
afterEach(() => {
  tests += 1;
  if (tests % TESTS === 0) globalThis.gc?.();
});
