import { z } from 'zod';
import type { DatabaseSettings } from './database-settings.ts';
import { oneOf, wholeNumber } from './setting-types.ts';

/** How many there are of WSO2's servers. */
export const availabilitySettings = {
  apiManagerInstances: wholeNumber({ least: 1, most: 2 }),
  identityServerReplicas: wholeNumber({ least: 1, most: 10 }),
  /** What keeps others away from what servers of one kind send each other in the clear. */
  replicaTraffic: oneOf(['unprotected', 'networkPolicy', 'mesh']),
};

const schema = z.object(availabilitySettings);

/** The settings of the servers' number, checked. */
export type AvailabilitySettings = z.output<typeof schema>;

type Fault = readonly [key: keyof AvailabilitySettings, message: string];

/** What no single setting can know, each with what to do. */
export function availabilityFaults(settings: AvailabilitySettings & Pick<DatabaseSettings, 'database'>): Fault[] {
  if (settings.database !== 'embedded') return [];
  const keys = ['apiManagerInstances', 'identityServerReplicas'] as const;
  const message =
    'must be 1 with an embedded database, which each server has for itself: for more set database to external, or to deployed';
  return keys.filter((key) => settings[key] > 1).map((key) => [key, message]);
}
