import { execFileSync } from 'node:child_process';
import { installPackages } from './packages.ts';

export type Side = 'left' | 'right';

const SIDES: Side[] = ['left', 'right'];
const ADDRESSES: Record<Side, string> = { left: '10.77.0.1', right: '10.77.0.2' };

function run(file: string, ...args: string[]): void {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Why networks cannot be made here, in a sentence; nothing where they can. */
export function whyNoNetworks(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Real packets need network namespaces, which only root on Linux may make.';
  const probe = `vnf-probe-${process.pid}`;
  try {
    installPackages(
      [
        ['ip', 'iproute2'],
        ['nft', 'nftables'],
      ].flatMap(([tool = '', name = '']) => (isThere(tool) ? [] : name)),
    );
    run('ip', 'netns', 'add', probe);
    run('ip', 'netns', 'del', probe);
    return undefined;
  } catch (error) {
    return `Real packets need network namespaces, which cannot be made here: ${error}`;
  }
}

function isThere(tool: string): boolean {
  try {
    run('which', tool);
    return true;
  } catch {
    return false;
  }
}

/** Two hosts on one cable: network namespaces with a veth pair between them. */
export function createNetwork() {
  const namespaces: Record<Side, string> = {
    left: `vnf-left-${process.pid}`,
    right: `vnf-right-${process.pid}`,
  };
  /** What starts a program on that host. */
  const command = (side: Side) => ['ip', 'netns', 'exec', namespaces[side]];
  const inside = (side: Side, ...args: string[]) => {
    const [file = '', ...rest] = [...command(side), ...args];
    run(file, ...rest);
  };

  for (const side of SIDES) run('ip', 'netns', 'add', namespaces[side]);
  inside(
    'left',
    'ip',
    'link',
    'add',
    'cable',
    'type',
    'veth',
    'peer',
    'name',
    'cable',
    'netns',
    namespaces.right,
  );
  for (const side of SIDES) {
    inside(side, 'ip', 'addr', 'add', `${ADDRESSES[side]}/24`, 'dev', 'cable');
    inside(side, 'ip', 'link', 'set', 'lo', 'up');
    inside(side, 'ip', 'link', 'set', 'cable', 'up');
  }

  return {
    command,
    address: (side: Side) => ADDRESSES[side],
    /** Drops so many of a hundred UDP packets, in either direction; 0 ends it. */
    dropPackets(percent: number): void {
      for (const side of SIDES) {
        inside(side, 'nft', 'flush', 'ruleset');
        if (percent === 0) continue;
        inside(side, 'nft', 'add table inet faults');
        inside(side, 'nft', 'add chain inet faults incoming { type filter hook input priority 0 ; }');
        const rule = `add rule inet faults incoming meta l4proto udp numgen random mod 100 < ${percent} counter drop`;
        inside(side, 'nft', rule);
      }
    },
    /** Pulls the cable out at one side. */
    cut: () => inside('left', 'ip', 'link', 'set', 'cable', 'down'),
    mend: () => inside('left', 'ip', 'link', 'set', 'cable', 'up'),
    close(): void {
      for (const side of SIDES) run('ip', 'netns', 'del', namespaces[side]);
    },
  };
}
