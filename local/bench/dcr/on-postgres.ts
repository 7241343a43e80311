import { startPostgres } from '../../../dcr-service/testing/postgres.ts';
import type { Measure, Report } from '../measure.ts';
import { measureRegistering, type RegisteringOptions } from './registering.ts';
import type { Scene } from './scene.ts';

/** The same with PostgreSQL, of which service and bare loop have a database each. */
export async function measureOnPostgres(scene: Scene, options: RegisteringOptions, report: Report): Promise<Measure[]> {
  const postgres = await startPostgres({ durable: true });
  try {
    const places = { name: 'PostgreSQL', service: await postgres.database(), bare: await postgres.database() } as const;
    return await measureRegistering(scene, places, options, report);
  } finally {
    await postgres.close();
  }
}
