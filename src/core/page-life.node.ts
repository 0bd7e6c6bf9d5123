import type { ListenToPage } from './page-life.ts';

/** Listens to the page that the library runs in: in Node there is none. */
export const listenToPage: ListenToPage = () => () => {};
