import type { Fault } from '../emulator/faults.ts';
import type { World } from './world.ts';

/** Something that goes wrong with one write: its connection is cut, or the process that makes it is killed. */
export const mishaps = ['cut before', 'cut after', 'killed before', 'killed after'] as const;
export type Mishap = (typeof mishaps)[number];

/** One write of a fresh run. */
export interface Write {
  method: string;
  /** With `{id}` for what is another in every run. */
  path: string;
  /** The how-manieth of its kind. */
  call: number;
}

export interface Point {
  write: Write;
  mishap: Mishap;
}

const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Every write that a fresh run makes, as the servers' request logs have it. What one server writes to the other, as the key
 * manager's connector does, is that server's to mend and no point of ours.
 */
export async function writesOfFreshRun(world: World): Promise<Write[]> {
  const ours = new Set<string>();
  await world.provision({ trace: ({ method, path, kind }) => kind === 'write' && ours.add(`${method} ${path}`) });
  const calls = new Map<string, number>();
  return world
    .requests()
    .filter(({ kind, method, path }) => kind === 'write' && ours.has(`${method} ${path}`))
    .map(({ method, path: concrete }) => {
      const path = concrete.replaceAll(id, '{id}');
      const call = (calls.get(`${method} ${path}`) ?? 0) + 1;
      calls.set(`${method} ${path}`, call);
      return { method, path, call };
    });
}

export function pointsOf(writes: readonly Write[]): Point[] {
  return writes.flatMap((write) => mishaps.map((mishap) => ({ write, mishap })));
}

/** The name that identifies a point in reports and options. */
export function nameOf({ write: { method, path, call }, mishap }: Point): string {
  return `${mishap} ${method} ${path}${call > 1 ? ` (number ${call})` : ''}`;
}

export function faultOf({ write, mishap }: Point): Fault {
  return { ...write, effect: { reset: mishap.endsWith('before') ? 'before' : 'after' } };
}
