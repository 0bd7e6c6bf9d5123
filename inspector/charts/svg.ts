import {
  type Layout,
  LINE_HEIGHT,
  type PlacedEdge,
  type PlacedState,
  type Point,
  type TextLine,
  TITLE_HEIGHT,
} from './layout.ts';

const MARGIN = 8;
/** How round the corners of an arrow are, in px. */
const ROUND = 6;

/** Colours for light and dark, so that a chart reads well on either page. */
const STYLE = `
svg{--ground:#fff;--box:#fff;--nest:#f6f8fb;--line:#7b8794;--ink:#17202b;--dim:#5b6775;--active:#dbeafe;--edge:#2563eb;--hot:#c2410c}
@media(prefers-color-scheme:dark){svg{--ground:#12161c;--box:#1d232c;--nest:#161b22;--line:#6b7787;--ink:#e6eaf0;--dim:#9aa7b6;--active:#1e3a66;--edge:#60a5fa;--hot:#fb923c}}
text{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:10.5px;fill:var(--ink);white-space:pre;stroke:var(--box);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.ground{fill:var(--ground)}
.state>rect{fill:var(--box);stroke:var(--line)}
.state.nest>rect{fill:var(--nest)}
.state.region>rect{stroke-dasharray:5 4}
.title{font-size:13px;font-weight:600}
.note,.action{fill:var(--dim)}
.edge>path,.start>path{fill:none;stroke:var(--line)}
.edge>rect{fill:var(--ground);opacity:.86}
.dot{fill:var(--ink)}
marker path{fill:var(--line)}`;

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Half a pixel is finer than anybody sees; more digits are noise in the file. */
const round = (value: number): number => Math.round(value * 2) / 2;

function texts(lines: TextLine[], { x, y }: Point): string {
  return lines
    .map(({ text, transition, kind }, index) => {
      const id = transition === undefined ? '' : ` data-line="${escapeXml(transition)}"`;
      return `<text class="${kind}" x="${round(x)}" y="${round(y + index * LINE_HEIGHT)}"${id}>${escapeXml(text)}</text>`;
    })
    .join('');
}

function drawBox({ state, x, y, width, height }: PlacedState, isRegion: boolean): string {
  const kinds = ['state', ...(state.states.length > 0 ? ['nest'] : []), ...(isRegion ? ['region'] : [])];
  const box = (inset: number) =>
    `<rect x="${round(x + inset)}" y="${round(y + inset)}" width="${round(width - 2 * inset)}" height="${round(height - 2 * inset)}" rx="${6 - inset}"/>`;
  return `<g class="${kinds.join(' ')}" data-state="${escapeXml(state.id)}">${box(0)}${state.type === 'final' ? box(3) : ''}</g>`;
}

function drawWords({ state, x, y, lines }: PlacedState): string {
  const name = state.type === 'history' ? 'H' : state.key;
  const title = `<text class="title" x="${round(x + 10)}" y="${round(y + 17)}">${escapeXml(name)}</text>`;
  return title + texts(lines, { x: x + 10, y: y + TITLE_HEIGHT + 8 });
}

function pathOf(points: Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  let path = `M${round(first.x)} ${round(first.y)}`;
  for (const [index, to] of others.entries()) {
    const from = points[index] ?? first;
    const next = others[index + 1];
    if (next === undefined) {
      path += `L${round(to.x)} ${round(to.y)}`;
      continue;
    }
    const before = toward(to, from);
    const after = toward(to, next);
    path += `L${round(before.x)} ${round(before.y)}Q${round(to.x)} ${round(to.y)} ${round(after.x)} ${round(after.y)}`;
  }
  return path;
}

/** The point a little way from a corner to another one. */
function toward(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y) || 1;
  const part = Math.min(ROUND, length / 2) / length;
  return { x: corner.x + (other.x - corner.x) * part, y: corner.y + (other.y - corner.y) * part };
}

function drawEdge({ edge, points, label }: PlacedEdge): string {
  const path = `<path d="${pathOf(points)}" marker-end="url(#arrow)"/>`;
  if (edge === undefined) return `<g class="start">${path}</g>`;
  const ids = edge.lines.map(({ id }) => id).join(' ');
  const words =
    label === undefined
      ? ''
      : `<rect x="${round(label.x)}" y="${round(label.y)}" width="${round(label.width)}" height="${round(label.height)}"/>` +
        texts(label.lines, { x: label.x + 4, y: label.y + 11 });
  return `<g class="edge" data-transitions="${escapeXml(ids)}">${path}${words}</g>`;
}

/** Draws a placed chart. States have `data-state`, arrows `data-transitions`, lines of text `data-line`. */
export function draw(layout: Layout, name: string): string {
  const width = round(layout.width + 2 * MARGIN);
  const height = round(layout.height + 2 * MARGIN);
  const regions = new Set(
    layout.states.flatMap(({ state }) => (state.type === 'parallel' ? state.states.map(({ id }) => id) : [])),
  );
  // What holds others lies below them, and arrows below what is written.
  const states = layout.states
    .toSorted((a, b) => a.depth - b.depth)
    .map((each) => drawBox(each, regions.has(each.state.id)));
  const dots = layout.dots.map(
    ({ x, y }) => `<circle class="dot" cx="${round(x + 5)}" cy="${round(y + 5)}" r="5"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" role="img" aria-label="The statechart ${escapeXml(name)}">`,
    `<style>${STYLE.trim()}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect class="ground" x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}"/>`,
    ...states,
    ...dots,
    ...layout.edges.map(drawEdge),
    ...layout.states.map(drawWords),
    '</svg>',
    '',
  ].join('\n');
}
