// A server in a process of its own, for bench/broker.ts: node server.mjs broker|bare. It tells its url first, and then
// answers each message with the memory that it holds.
import { WebSocketServer } from 'ws';
import { createBroker, setLogger } from '../../dist/broker/index.js';

const servers = {
  async broker() {
    setLogger(null);
    return (await createBroker({ port: 0 })).url;
  },
  /** The least that a relay can do: what comes from one end of a pair goes to the other one, as it is. */
  async bare() {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    const ends = new Map();
    server.on('connection', (socket, { url }) => {
      const [, end, pair] = url.split('/');
      ends.set(url, socket);
      const other = `/${end === 'a' ? 'b' : 'a'}/${pair}`;
      socket.on('message', (data, isBinary) => ends.get(other)?.send(data, { binary: isBinary }));
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `ws://127.0.0.1:${server.address().port}`;
  },
};

process.on('message', () => {
  globalThis.gc?.();
  process.send(process.memoryUsage().rss);
});
process.on('disconnect', () => process.exit());
process.send(await servers[process.argv[2]]());
