import { z } from 'zod';
import type { Readiness } from './access.ts';
import { whetherOperational } from './readiness.ts';
import { absentAsNull, type Rest } from './rest.ts';

/** The gateway's management API, v2. */
export interface GatewayClient {
  /** What the gateway runs for this API (Synapse XML), or null until the gateway has loaded it. */
  artifact(name: string, version: string): Promise<string | null>;
  /** Whether the gateway has started and holds every deployed API. Asks once; poll it. */
  health(): Promise<Readiness>;
}

const base = '/api/am/gateway/v2';
const artifactSchema = z.looseObject({ api: z.string().nullish() });

/** @param authorization the Basic value: this API takes no token */
export function gatewayClient(rest: Rest, authorization: string): GatewayClient {
  return {
    async artifact(apiName, version) {
      const query = { apiName, version, tenantDomain: 'carbon.super' };
      const path = `${base}/api-artifact`;
      const found = await absentAsNull(rest.json({ method: 'GET', path, query, authorization }, artifactSchema));
      // An API that is known and not deployed has an empty artifact.
      return found?.api || null;
    },
    health: () =>
      whetherOperational(() =>
        // 4.2 requires a password; later versions answer anonymous callers.
        rest.done({
          method: 'GET',
          path: `${base}/server-startup-healthcheck`,
          accept: '*/*',
          authorization,
          repetition: 'never',
        }),
      ),
  };
}
