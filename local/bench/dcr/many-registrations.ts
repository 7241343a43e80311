import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../../dcr-service/store/sqlite/sqlite-store.ts';
import { compared, type Measure, type Report } from '../measure.ts';
import { median, percentile } from '../statistics.ts';
import { filledPrefix } from './bench-store.ts';
import type { Shot } from './load.ts';
import type { Scene } from './scene.ts';
import { startService } from './service-process.ts';

export interface ManyOptions {
  readonly registrations: number;
  readonly rounds: number;
  /** Requests of each kind in a round. */
  readonly requests: number;
}

const few = 1000;
const clientOf = (index: number) => `client-${String(index).padStart(9, '0')}`;

/** Copies of a registration that the service itself has made, in the service's own schema. */
async function fill(file: string, count: number, metadata: object): Promise<void> {
  await openSqliteStore(file).close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;');
  database
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
       INSERT INTO registration (software_id, client_id, client_id_issued_at, changed_at, metadata)
       SELECT printf('${filledPrefix}%09d', i), printf('client-%09d', i), 1700000000, 1700000000,
              json_set(?, '$.software_id', printf('${filledPrefix}%09d', i)) FROM n`,
    )
    .run(count, JSON.stringify(metadata));
  database.close();
}

/**
 * The time of POST and GET with a million registrations and with a thousand: two services, asked in turn, one request at a time, so
 * that it is the time of one request and not of a queue.
 */
export async function measureMany(
  scene: Scene,
  { registrations, rounds, requests }: ManyOptions,
  report: Report,
): Promise<Measure[]> {
  const maker = await startService(scene, scene.path('maker.sqlite'));
  const makerGun = scene.gunFor(maker.url);
  const [body = ''] = await scene.signedRequests(1, 'copied');
  const { client_id: _, client_id_issued_at: __, ...metadata } = JSON.parse(await makerGun.ask(scene.post(body)));
  makerGun.close();
  await maker.stop();

  const start = async (count: number) => {
    const file = scene.path(`filled-${count}.sqlite`);
    report(`${count} registrations are filled in`);
    await fill(file, count, metadata);
    const service = await startService(scene, file);
    const reads: Shot[] = [];
    for (let index = 0; index < requests; index++) {
      reads.push(await scene.manage('GET', clientOf(Math.floor(Math.random() * count)), 200));
    }
    return { service, reads, gun: scene.gunFor(service.url), get: [] as number[], post: [] as number[] };
  };
  const small = await start(few);
  const large = await start(registrations);
  const posts = (await scene.signedRequests(requests, 'many')).map((request) => scene.post(request));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const [index, post] of posts.entries()) {
        for (const side of index % 2 === 0 ? [small, large] : [large, small]) {
          const read = side.reads[index];
          const times = [read ? await side.gun.fire(read) : Number.NaN, await side.gun.fire(post)] as const;
          if (round === 0) continue;
          side.get.push(times[0]);
          side.post.push(times[1]);
        }
      }
      for (const { service } of [small, large]) await service.store.clear();
    }
  } finally {
    for (const { gun, service } of [small, large]) {
      gun.close();
      await service.stop();
    }
  }
  return (['POST', 'GET'] as const).map((method) => {
    const [those, few] = method === 'POST' ? [large.post, small.post] : [large.get, small.get];
    const quartiles = (times: readonly number[]) =>
      [0.25, 0.75].map((share) => percentile(times, share).toFixed(2)).join(' to ');
    report(`${method}, half of the times: ${quartiles(those)} ms with many, ${quartiles(few)} ms with few`);
    const name = `${method} with ${registrations.toLocaleString('en')} registrations, against 1,000: median`;
    return compared({ name, value: median(those), unit: 'ms', reference: median(few) }, { atMost: 1.2 });
  });
}
