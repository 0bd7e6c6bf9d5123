import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { roomHash } from '../../src/demo/view/location.ts';
import type { DemoTab } from './demo-tabs.ts';

/** Text that can be seen in one of the elements; `isWhole` where it must be all of theirs. */
interface Sight {
  selector: string;
  text: string;
  isWhole: boolean;
}

/** Runs in the page. */
function isSeen({ selector, text, isWhole }: Sight): boolean {
  return Array.from(document.querySelectorAll<HTMLElement>(selector)).some((element) => {
    const shown = element.checkVisibility() ? element.textContent : '';
    return isWhole ? shown === text : shown.includes(text);
  });
}

/** Somebody who uses the demo, and knows what is on the page. */
export class DemoUser {
  readonly tab: DemoTab;

  constructor(tab: DemoTab) {
    this.tab = tab;
  }

  async enter(person: string, room = 'kitchen'): Promise<void> {
    await this.tab.fill('#person', person);
    await this.tab.fill('#room-name', room);
    await this.tab.click('#enter');
  }

  /** Goes into a room that is listed. */
  async join(person: string, room = 'kitchen'): Promise<void> {
    await this.tab.fill('#person', person);
    await this.tab.click(`a[href="${roomHash(room)}"]`);
  }

  leave(): Promise<void> {
    return this.tab.click('#leave');
  }

  async say(text: string): Promise<void> {
    await this.tab.fill('#text', text);
    await this.tab.click('#say button');
  }

  /** Waits for a text in the chat, or what is said under one. */
  hears(text: string, patienceMs?: number): Promise<void> {
    return this.tab.until(isSeen, { selector: '#chat p', text, isWhole: true }, patienceMs);
  }

  sees(selector: string, text: string, patienceMs?: number): Promise<void> {
    return this.tab.until(isSeen, { selector, text, isWhole: false }, patienceMs);
  }

  /** Waits until nothing of it can be seen. */
  misses(selector: string): Promise<void> {
    return this.tab.until((selector) => {
      const elements = Array.from(document.querySelectorAll<HTMLElement>(selector));
      return !elements.some((element) => element.checkVisibility());
    }, selector);
  }

  isConnectedTo(person: string): Promise<void> {
    return this.seesState(person, 'CONNECTED');
  }

  /** Waits for the state of the connection to somebody. */
  seesState(person: string, state: string): Promise<void> {
    return this.tab.until(
      ({ person, state }) =>
        Array.from(document.querySelectorAll('#people li')).some(
          (row) =>
            row.querySelector('[data-name]')?.textContent === person &&
            row.querySelector('.badge')?.textContent === state,
        ),
      { person, state },
    );
  }

  /**
   * Offers a file to somebody, who has to be connected.
   *
   * @returns what writes something else into the file
   */
  offer(person: string, name: string, content: Uint8Array): Promise<(content: Uint8Array) => Promise<void>> {
    return this.pick(name, content, () => this.press(`Send a file to ${person}`));
  }

  /** Answers the browser's question for a file, which the action brings up. @returns as {@link offer} */
  async pick(
    name: string,
    content: Uint8Array,
    action: () => Promise<void>,
  ): Promise<(content: Uint8Array) => Promise<void>> {
    const folder = await mkdtemp(join(tmpdir(), 'vnf-demo-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, name);
    await writeFile(path, content);
    await this.tab.pickFile(path, action);
    return (content) => writeFile(path, content);
  }

  /** Presses the button that has this name. */
  press(name: string): Promise<void> {
    return this.tab.click(`[aria-label="${name}"]`);
  }

  /** Waits until so many bytes of a file have arrived, as its progress tells. */
  hasArrived(bytes: number): Promise<void> {
    return this.tab.until((bytes) => (document.querySelector('progress')?.value ?? 0) > bytes, bytes);
  }

  /** Saves the file that has arrived. */
  async save(name: string): Promise<{ name: string; size: number; sha256: string }> {
    await this.tab.until(isSeen, { selector: '[data-save]', text: 'Save', isWhole: true }, 60_000);
    const saved = await this.tab.download(() => this.press(`Save ${name}`));
    return { name: saved.name, size: saved.content.length, sha256: digest(saved.content) };
  }

  /** Closes the page's peer connections behind the library's back. @returns how many there were */
  cutConnections(): Promise<number> {
    return this.tab.read(
      () => (window as unknown as { cutConnections: () => number }).cutConnections(),
      undefined,
    );
  }

  /** How wide the page is, in CSS pixels. */
  width(): Promise<number> {
    return this.tab.read(() => document.documentElement.scrollWidth, undefined);
  }

  /** Presses Tab, or Shift and Tab, until the element with this name has the focus; never around the end of the page. */
  async tabTo(name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 30; presses += 1) {
      if ((await this.tab.read(nameOfFocus, undefined)).includes(name)) return;
      await this.tab.press(key);
    }
    throw new Error(`${key} does not lead to ${name}.`);
  }
}

/** Runs in the page. */
function nameOfFocus(): string {
  const element = document.activeElement;
  if (element === null || element === document.body) return '';
  const label = (element as HTMLInputElement).labels?.[0]?.textContent;
  return element.getAttribute('aria-label') ?? label ?? element.textContent ?? '';
}

export function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
