import { describe, expect, test } from 'vitest';
import { until } from '../../src/testing/peers.ts';
import { closeTab, livePages } from '../support/live-pages.ts';
import { BROKER_STACKS } from '../support/live-peer.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const { openPage } = livePages('firefox');

/** Without PL14 half of the goodbyes and more are cut: so many in a row come through once in 4000 runs. */
const TABS = 12;

describe('a tab of Firefox that is closed', () => {
  // The other side is a page as well: `@roamhq/wrtc` may crash where it answers on a channel that has just ended.
  test.each(BROKER_STACKS)(
    '[PL9, PL14] tells the other side within 2 s, in %s',
    async (stack) => {
      const other = await openPage({ stack, eva: 'other' });
      await until(other.isLoggedIn, 'the LOGIN of the other side');
      const ends = async () => (await other.states()).filter((state) => state === 'closed').length;
      for (let tab = 1; tab <= TABS; tab += 1) {
        const life = await openPage({ stack, eva: `tab ${tab}` });
        expect(await life.open('other')).toBe('CONNECTED');
        await life.send('other', 'last words');
        await closeTab(life.page);
        await until(async () => (await ends()) === tab, `the end of tab ${tab}`, 2000);
      }
      expect(await other.states()).toEqual(Array(TABS).fill(['connecting', 'CONNECTED', 'closed']).flat());
      expect(await other.messages()).toEqual(Array(TABS).fill('last words'));
    },
    60_000,
  );
});
