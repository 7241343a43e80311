import { startCommand } from './command.ts';
import { differences, type NormalState } from './normal-state.ts';
import { faultOf, type Point } from './points.ts';
import type { World } from './world.ts';

/**
 * Lets a fresh run meet with this mishap, and then provisions again.
 *
 * @param undisturbed what the servers hold after a run with which nothing interfered.
 * @returns what is not as it should be after that; nothing when all is well.
 */
export async function tryPoint(world: World, point: Point, undisturbed: NormalState): Promise<string[]> {
  await world.reset();
  world.faults.set([faultOf(point)]);
  const first = point.mishap.startsWith('killed') ? await killedRun(world) : await cutRun(world);
  const faults: string[] = [];
  if (world.faults.strikes.length !== 1) faults.push(`it was struck ${world.faults.strikes.length} times, not once`);
  world.faults.set([]);
  world.faults.onStrike = undefined;

  const next = await world.provision().catch((error: Error) => error);
  if (next instanceof Error) return [...faults, `the next run failed: ${next.message}`];
  faults.push(...differences(world.stored(), undisturbed));
  // After a run that got over it by itself the next one is the one after.
  const quiet = first === 'done' ? next : await world.provision();
  if (quiet.writes > 0 || quiet.changes.length > 0) faults.push(`the run after that made ${quiet.writes} writes`);
  return faults;
}

type Ended = 'done' | 'failed';

const cutRun = (world: World): Promise<Ended> =>
  world.provision().then(
    () => 'done' as const,
    () => 'failed' as const,
  );

/** The command in a process of its own, which is killed as its call is struck. */
async function killedRun(world: World): Promise<Ended> {
  const command = startCommand(world);
  // The server waits: when the call continues, the client that could repeat it is dead.
  world.faults.onStrike = async () => {
    command.process.kill('SIGKILL');
    await command.ended;
  };
  const { code, signal, stderr } = await command.ended;
  if (signal !== 'SIGKILL') throw new Error(`The run was to be killed and ended by itself (${code}):\n${stderr}`);
  await world.expireLock();
  return 'failed';
}
