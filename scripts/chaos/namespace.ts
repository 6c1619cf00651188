/** A host of its own on this machine: a namespace of the network with one cable to it, which can be cut. Needs root. */
import { execFileSync } from 'node:child_process';

/** A host that processes run on by `ip netns exec <name>`. */
export interface OwnHost {
  readonly name: string;
  /** The address at which it reaches this machine. */
  readonly address: string;
  /** Takes the cable out, or puts it back. */
  readonly cut: (out: boolean) => void;
  readonly remove: () => void;
}

const ip = (...words: string[]): void => {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Makes such a host; `index` from 1 to 200 tells it from others. Throws where that is not allowed. */
export function ownHost(index: number): OwnHost {
  const name = `fewstep-${process.pid % 10_000}-${index}`;
  const [here, there] = [`fs${process.pid % 10_000}-${index}a`, `fs${process.pid % 10_000}-${index}b`];
  const net = `10.203.${index}`;
  ip('netns', 'add', name);
  try {
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    ip('link', 'set', there, 'netns', name);
    ip('addr', 'add', `${net}.1/30`, 'dev', here);
    ip('link', 'set', here, 'up');
    ip('-n', name, 'addr', 'add', `${net}.2/30`, 'dev', there);
    for (const device of ['lo', there]) ip('-n', name, 'link', 'set', device, 'up');
  } catch (error) {
    ip('netns', 'del', name);
    throw error;
  }
  return {
    name,
    address: `${net}.1`,
    cut: (out) => ip('link', 'set', here, out ? 'down' : 'up'),
    remove: () => ip('netns', 'del', name), // its end of the cable, and so the cable, goes with it
  };
}
