import * as machines from '../../machines/index.ts';
import { chartOf } from '../../src/inspect/chart.ts';
import { graphOf } from './graph.ts';
import { layOut } from './layout.ts';
import { draw } from './svg.ts';

/** Every machine of the library as an SVG, by its name. */
export async function drawAll(): Promise<Map<string, string>> {
  const drawn = new Map<string, string>();
  for (const value of Object.values(machines)) {
    if (typeof value !== 'object' || value === null || !('root' in value)) continue;
    const chart = chartOf(value as never);
    drawn.set(chart.id, draw(await layOut(graphOf(chart)), chart.id));
  }
  return drawn;
}
