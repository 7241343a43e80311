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

/**
 * V8 sizes its heap by the memory that there is, and fills it before it tidies up: on a large machine garbage would pass for a
 * leak. This is the heap that it gives itself in a container of 256 MiB, half of what the programs allow the service.
 */
const heap = '--max-old-space-size=128';

/**
 * How the memory of the service grows under load: registered, read, refused as a duplicate, refused as nonsense, again
 * and again. The first third, in which caches fill and code is compiled, does not count.
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
  const samples: [minute: number, megabytes: number][] = [];
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
      samples.push([elapsed(), (await service.residentBytes()) / megabyte]);
    }
  } finally {
    gun.close();
    await service.stop();
  }
  const counted = samples.filter(([minute]) => minute >= minutes / 3);
  const sizes = counted.map(([, megabytes]) => megabytes);
  report(
    `memory: ${answered} requests in ${minutes} minutes, ${Math.min(...sizes).toFixed(0)} to ${Math.max(...sizes).toFixed(0)} MB`,
  );
  const name = `memory under load, slope over the last two thirds of ${minutes} minutes`;
  return [bounded({ name, value: slope(counted), unit: 'MB/min' }, { atMost: 1 })];
}
