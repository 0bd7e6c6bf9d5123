import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { browserModules } from './browser-modules.ts';
import type { openPeer, Peer } from './live-peer.ts';

declare global {
  /** What a page of {@link servePages} has. */
  var vnf: { openPeer: typeof openPeer };
  /** The peer that a test has opened in the page. */
  var peer: Peer;
}

/** Serves a page, the same at every path, that can open peers: `vnf.openPeer`. */
export async function servePages() {
  const { outputFiles } = await build({
    stdin: { contents: "export { openPeer } from './test/support/live-peer.ts';", resolveDir: '.' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'vnf',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [browserModules],
  });
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>${outputFiles[0]?.text.replaceAll('</script', '<\\/script')}</script>`;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, close: () => new Promise((resolve) => server.close(resolve)) };
}
