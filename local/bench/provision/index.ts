import type { Call } from '@cdr-stack/wso2';
import type { Summary } from '../../../scripts/engine/summary.ts';
import { startWorld, type World } from '../../crash/world.ts';
import { bounded, compared, type Measure, type Report } from '../measure.ts';
import { farAway } from './latency.ts';
import { replaySequentially } from './naive.ts';

/** How far away the servers are, in milliseconds there and back. */
const roundTripMs = 100;

/**
 * Round trips of two connections that every run waits for: its first one, and the probe's at the end, which is the recipient's own. Each
 * takes one for TCP and one for TLS 1.3. All others are opened meanwhile.
 */
const handshakes = 4;

/** Servers that are done when they answer: what provisioning waits for is then its own. */
const promptServers = {
  registrationWarmUpMs: 0,
  keyManagerDelayMs: 0,
  searchDelayMs: 0,
  deploymentDelayMs: 0,
  lifecycleDelayMs: 0,
};

/** What provisioning costs in calls, and in time when the servers are far away. */
export async function measureProvisioning(report: Report): Promise<Measure[]> {
  const world = await startWorld('4.7', promptServers);
  try {
    report(
      `provisioning servers that are ${roundTripMs} ms away: a fresh run, a second one, and their calls one by one`,
    );
    const fresh = await timedRun(world);
    const second = await timedRun(world);
    const connect = farAway(roundTripMs);
    const naiveSecond = await replaySequentially(world, second.calls, connect);
    const naiveFresh = await replaySequentially(world, fresh.calls, connect);
    return [
      bounded({ name: 'provision, second run: writes', value: second.summary.writes, unit: 'calls' }, { atMost: 0 }),
      bounded(
        { name: 'provision, second run: dependent calls', value: second.summary.roundTrips, unit: 'calls' },
        { atMost: 6 },
      ),
      bounded(
        { name: 'provision, fresh run: dependent calls', value: fresh.summary.roundTrips, unit: 'calls' },
        { atMost: 20 },
      ),
      ...timesOf('second run', second, naiveSecond),
      ...timesOf('fresh run', fresh, naiveFresh),
    ];
  } finally {
    await world.stop();
  }
}

interface TimedRun {
  summary: Summary;
  calls: Call[];
  ms: number;
}

async function timedRun(world: World): Promise<TimedRun> {
  const calls: Call[] = [];
  const began = performance.now();
  const summary = await world.provision({ connect: farAway(roundTripMs), trace: (call) => calls.push(call) });
  return { summary, calls, ms: performance.now() - began };
}

function timesOf(name: string, { summary, ms }: TimedRun, naive: number): Measure[] {
  const away = `servers ${roundTripMs} ms away`;
  const value = ms;
  const unit = 'ms';
  return [
    compared(
      {
        name: `provision, ${name}, ${away}: time beside ${summary.roundTrips} calls and ${handshakes} round trips of handshakes`,
        value,
        unit,
        reference: (summary.roundTrips + handshakes) * roundTripMs,
      },
      { atMost: 2 },
    ),
    compared(
      { name: `provision, ${name}, ${away}: time beside the same calls one by one`, value, unit, reference: naive },
      { atMost: 1 },
    ),
  ];
}
