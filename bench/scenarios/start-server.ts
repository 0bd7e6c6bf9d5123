import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own: server.mjs. */
export interface BenchServer {
  kind: 'broker' | 'bare';
  url: string;
  /** How much memory it holds, in bytes. */
  memory(): Promise<number>;
  close(): Promise<void>;
}

export async function startServer(kind: BenchServer['kind']): Promise<BenchServer> {
  const child = fork('bench/scenarios/server.mjs', [kind], {
    execArgv: ['--expose-gc', ...(process.env['VNF_BENCH_NODE_FLAGS']?.split(' ') ?? [])],
  });
  const [url] = await once(child, 'message');
  return {
    kind,
    url,
    async memory() {
      child.send('memory');
      const [rss] = await once(child, 'message');
      return rss;
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
