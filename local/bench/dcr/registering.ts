import { writeFileSync } from 'node:fs';
import { bounded, compared, type Measure, type Report } from '../measure.ts';
import { median, percentile, spread } from '../statistics.ts';
import { startChild } from './child.ts';
import { atRate, flatOut } from './load.ts';
import type { Scene } from './scene.ts';
import { startService } from './service-process.ts';

export interface RegisteringOptions {
  /** How many requests are under way at once, in the service and in the bare loop alike. */
  readonly concurrency: number;
  readonly rounds: number;
  /** Requests in a round. */
  readonly requests: number;
}

/** Rounds that do not count: the service runs for weeks, and is slower by half until its code is compiled. */
export const warmUps = 3;

/** Where each of the two keeps its rows: SQLite files, or two databases of one PostgreSQL. */
export interface Places {
  readonly name: 'SQLite' | 'PostgreSQL';
  readonly service: string;
  readonly bare: string;
}

/**
 * POST /register, from the gateway's request to its answer, against a loop that does the same verifications, commits
 * and calls and nothing besides. One after the other, round by round, so that whatever else the machine does meets both.
 */
export async function measureRegistering(
  scene: Scene,
  places: Places,
  { concurrency, rounds, requests }: RegisteringOptions,
  report: Report,
): Promise<Measure[]> {
  const bodies = await scene.signedRequests(requests, 'product');
  const pool = scene.path(`requests-${places.name}.txt`);
  const task = scene.path(`bare-${places.name}.json`);
  writeFileSync(pool, bodies.join('\n'));
  writeFileSync(
    task,
    JSON.stringify({
      requests: pool,
      registerKey: scene.registerKey,
      recipientKey: scene.recipientKey,
      stubs: scene.stubsUrl,
      ca: scene.pem('cdr-root.pem'),
      concurrency,
      database: places.bare,
    }),
  );
  const bare = startChild('bare-loop.ts', [task]);
  await bare.said('ready');
  const service = await startService(scene, places.service);
  const gun = scene.gunFor(service.url);
  const shots = bodies.map((body) => scene.post(body));

  const ofService: number[] = [];
  const ofBare: number[] = [];
  const times: number[] = [];
  try {
    for (let round = 1 - warmUps; round <= rounds; round++) {
      const served = await flatOut(gun, shots, concurrency);
      await service.store.clear();
      const done = bare.said('done');
      bare.tell('once more');
      const looped = Number((await done).perSecond);
      report(
        `${places.name}, round ${round > 0 ? round : 'to warm up'}: service ${served.toFixed(0)}/s, bare loop ${looped.toFixed(0)}/s`,
      );
      if (round < 1) continue;
      ofService.push(served);
      ofBare.push(looped);
    }
    const half = median(ofService) / 2;
    for (let round = 0; round < rounds; round++) {
      const round95 = await atRate(gun, shots, half);
      await service.store.clear();
      times.push(percentile(round95, 0.95));
    }
    report(
      `${places.name}: service ${spread(ofService)}/s, bare loop ${spread(ofBare)}/s, ratios ${spread(
        ofService.map((served, round) => served / (ofBare[round] ?? Number.NaN)),
        2,
      )}; p95 at ${half.toFixed(0)}/s ${spread(times, 1)} ms`,
    );
  } finally {
    gun.close();
    await service.stop();
    await bare.stop();
  }
  return [
    compared(
      {
        name: `POST /register with ${places.name}, against a bare loop`,
        value: median(ofService),
        unit: 'requests/s',
        reference: median(ofBare),
      },
      { atLeast: 0.66 },
    ),
    bounded(
      { name: `POST /register with ${places.name}, p95 at half that load`, value: median(times), unit: 'ms' },
      { atMost: 100 },
    ),
  ];
}
