import { bounded, type Measure, type Report } from '../measure.ts';
import { slope } from '../statistics.ts';
import { flatOut, type Shot } from './load.ts';
import type { Scene } from './scene.ts';
import { startService } from './service-process.ts';

export interface MemoryOptions {
  readonly concurrency: number;
  readonly minutes: number;
}

const poolSize = 200;
const megabyte = 1024 * 1024;

/** What V8 takes by itself in a container of 512 MiB, which is what the programs give the service. Here it would take gigabytes, and seldom tidy up. */
const heap = '--max-old-space-size=256';
const container = 512;

/** How many samples one of the lowest is taken from: in as many there has been a collection. */
const collection = 10;

/**
 * How the memory of the service grows under load: registered, read, refused as a duplicate, refused as nonsense, again
 * and again. What counts is what is left when garbage has been collected, the lowest of a few samples: the system's count goes on
 * growing for a while as V8 and malloc take pages into use, and must stay within the container. The first third, in which
 * caches fill and code is compiled, does not count.
 */
export async function measureMemory(
  scene: Scene,
  { concurrency, minutes }: MemoryOptions,
  report: Report,
): Promise<Measure[]> {
  const service = await startService(scene, scene.path('memory.sqlite'), heap);
  const gun = scene.gunFor(service.url);
  const created = await scene.signedRequests(poolSize, 'remembered');
  const [kept = ''] = await scene.signedRequests(1, 'kept');
  const samples: { minute: number; resident: number; used: number }[] = [];
  let answered = 0;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 60_000;
  try {
    while (elapsed() < minutes) {
      const { client_id: clientId } = JSON.parse(await gun.ask(scene.post(kept))) as { client_id: string };
      const read = await scene.manage('GET', clientId, 200);
      const shots: Shot[] = created.flatMap((body, index) => [
        scene.post(body),
        read,
        index % 2 === 0 ? scene.post(kept, 400) : scene.post('no.jwt.atall', 400),
      ]);
      await flatOut(gun, shots, concurrency);
      answered += shots.length;
      await service.store.clear();
      const { resident, used } = await service.memory();
      samples.push({ minute: elapsed(), resident: resident / megabyte, used: used / megabyte });
    }
  } finally {
    gun.close();
    await service.stop();
  }
  const counted = samples.filter(({ minute }) => minute >= minutes / 3);
  const lowest = counted.flatMap(({ minute }, index): [number, number][] =>
    (index + 1) % collection === 0
      ? [[minute, Math.min(...counted.slice(index + 1 - collection, index + 1).map(({ used }) => used))]]
      : [],
  );
  const left = lowest.map(([, megabytes]) => megabytes);
  const most = Math.max(...samples.map(({ resident }) => resident));
  report(
    `memory: ${answered} requests in ${minutes} minutes; collections leave ${Math.min(...left).toFixed(1)} to ${Math.max(...left).toFixed(1)} MB; the process occupies ${most.toFixed(0)} MB at most`,
  );
  const name = `memory that collections leave, slope over the last two thirds of ${minutes} minutes of load`;
  return [
    bounded({ name, value: slope(lowest), unit: 'MB/min' }, { atMost: 0.5 }),
    bounded({ name: 'memory that the process occupies, at most', value: most, unit: 'MB' }, { atMost: container }),
  ];
}
