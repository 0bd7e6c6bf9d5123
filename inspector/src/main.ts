import { parseRecording } from '../../src/inspect/recording.ts';
import { exportSession } from './model/recording.ts';
import { type Actor, MOST_ENTRIES, Store } from './model/store.ts';
import { type SourceListener, watchBroadcast, watchBroker, watchOpener } from './sources.ts';
import { ChartView } from './view/chart.ts';
import { byId, setText } from './view/dom.ts';
import { ActorList } from './view/list.ts';
import { Timeline } from './view/timeline.ts';

/** What has changed since the page was drawn last. */
const changed = new Set<Actor>();
let hasLost = false;
let isDue = false;
let selected: Actor | undefined;

const store = new Store((actor) => {
  if (actor === undefined) hasLost = true;
  else changed.add(actor);
  draw();
});
const list = new ActorList(select);
const chart = new ChartView();
const timeline = new Timeline(() => drawSelected());

function select(actor: Actor): void {
  selected = actor;
  list.mark(actor);
  drawSelected();
}

/** However much comes, the page is drawn once a frame; while nobody looks, the browser asks for none. */
function draw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    const isSelectedChanged = [...changed].some(({ pair }) => pair === selected?.pair);
    for (const actor of changed) list.update(actor);
    changed.clear();
    if (hasLost) list.retain(store.actors);
    hasLost = false;
    if (selected === undefined || store.actors.get(selected.sessionId) !== selected) selectFirst();
    else if (isSelectedChanged && !timeline.isPaused) drawSelected();
    drawHead();
  });
}

function selectFirst(): void {
  selected = undefined;
  const [first] = store.actors.values();
  if (first === undefined) {
    chart.clear();
    timeline.clear();
  } else select(first);
}

function drawSelected(): void {
  if (selected === undefined) return;
  timeline.show(selected, store.entriesOf(selected.pair));
  const { value, transitions } = timeline.stateOf(selected);
  chart.show(selected, value, transitions);
}

function drawHead(): void {
  const isEmpty = store.actors.size === 0;
  byId('empty').hidden = !isEmpty;
  byId('work').hidden = isEmpty;
  const sources = new Set([...store.actors.values()].map(({ source }) => source));
  setText(
    byId('sources'),
    isEmpty
      ? ''
      : `${sources.size} attached · ${store.actors.size} charts · ${store.size} of ${MOST_ENTRIES} steps kept`,
  );
  const dropped = [...store.dropped.values()].reduce((sum, count) => sum + count, 0);
  byId('dropped').hidden = dropped === 0;
  setText(byId('dropped'), `${dropped} messages dropped: this page was too slow`);
}

// ---- where it all comes from

const listener: SourceListener = {
  message: (message) => store.take(message),
  trouble: (text) => {
    setText(byId('trouble'), text);
    byId('trouble').hidden = text === '';
  },
};

const token = new URLSearchParams(location.hash.slice(1)).get('token');
const isServed = location.protocol.startsWith('http');
const origin = location.origin.replace(/^http/, 'ws');
const attach = `${isServed ? origin : 'ws://HOST:PORT'}/inspector/attach?token=${token ?? 'TOKEN'}`;
setText(
  byId('snippet'),
  [
    "import { createInspector, throughWebSocket } from 'virtual-network-framework/inspect';",
    '',
    '// A page of the same origin:',
    'const { inspect } = createInspector();',
    '// Any other page or process, through the broker:',
    `const { inspect } = createInspector({ channel: throughWebSocket('${attach}') });`,
    '',
    'const vnfHub = new Vnf.WebSocketHub(webSocketFactory, { inspect });',
  ].join('\n'),
);
if (typeof BroadcastChannel === 'function') watchBroadcast(listener);
watchOpener(listener);
if (isServed && token !== null) {
  watchBroker(`${origin}/inspector/watch?token=${encodeURIComponent(token)}`, listener);
}
byId('connect').addEventListener('submit', (event) => {
  event.preventDefault();
  try {
    watchBroker(byId<HTMLInputElement>('address').value, listener);
  } catch (error) {
    listener.trouble(String(error));
  }
});

// ---- files

const file = byId<HTMLInputElement>('file');
byId('open').addEventListener('click', () => file.click());
file.addEventListener('change', async () => {
  const text = await file.files?.[0]?.text();
  file.value = '';
  if (text === undefined) return;
  try {
    const { messages } = parseRecording(text);
    selected = undefined;
    timeline.clear();
    store.clear();
    for (const message of messages) store.take(message);
    listener.trouble('');
  } catch (error) {
    listener.trouble((error as Error).message);
  }
});
byId('save').addEventListener('click', () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(
    new Blob([JSON.stringify(exportSession(store))], { type: 'application/json' }),
  );
  link.download = `vnf-session-${new Date().toISOString().replace(/[:.]/g, '-')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
});
byId('clear').addEventListener('click', () => {
  timeline.clear();
  store.clear();
});

// ---- look and keys

const root = document.documentElement;
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
root.dataset['theme'] = prefersDark.matches ? 'dark' : 'light';
byId('theme').addEventListener('click', () => {
  root.dataset['theme'] = root.dataset['theme'] === 'dark' ? 'light' : 'dark';
});

document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'range';
  if (event.key === 'Escape' && isTyping) event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const isButton = event.target instanceof HTMLButtonElement;
  const action = new Map<string, () => void>([
    ['/', () => byId('filter').focus()],
    ['ArrowLeft', () => timeline.step(-1)],
    ['ArrowRight', () => timeline.step(1)],
    ['Home', () => timeline.moveTo(0)],
    ['End', () => timeline.resume()],
    ...(isButton ? [] : ([[' ', () => timeline.toggle()]] as const)),
  ]).get(event.key);
  if (action === undefined) return;
  event.preventDefault();
  action();
});

setInterval(() => list.updateAges(), 1000);
drawHead();
