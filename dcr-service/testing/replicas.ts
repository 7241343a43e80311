import { type InMemoryPlatform, inMemoryPlatform } from './in-memory-platform.ts';
import { type Answer, startTestService, type TestService } from './service.ts';
import { registrationRequest } from './signed-requests.ts';

/** Several servers of the real service, each with its own connections, on one PostgreSQL and in front of one platform. */
export interface Replicas {
  readonly services: readonly TestService[];
  readonly platform: InMemoryPlatform;
  /** How many OAuth clients and applications were ever asked for. */
  readonly created: { clients: number; applications: number };
  /** Sends a fresh request of the software product to the next replica in turn. */
  register(softwareId: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function startReplicas(
  count: number,
  pki: string,
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<Replicas> {
  const inner = inMemoryPlatform();
  const created = { clients: 0, applications: 0 };
  const platform: InMemoryPlatform = {
    ...inner,
    oauthClients: {
      ...inner.oauthClients,
      create: (...client) => {
        created.clients += 1;
        return inner.oauthClients.create(...client);
      },
    },
    developerPortal: {
      ...inner.developerPortal,
      createApplication: (...application) => {
        created.applications += 1;
        return inner.developerPortal.createApplication(...application);
      },
    },
  };
  const settings = { DCR_DATABASE: '', DCR_DATABASE_URL: databaseUrl, DCR_LOG_LEVEL: 'error', ...env };
  const services = await Promise.all(Array.from({ length: count }, () => startTestService(pki, settings, platform)));
  let turn = 0;
  return {
    services,
    platform,
    created,
    register: async (softwareId) => {
      const service = services[turn++ % services.length];
      if (!service) throw new Error('no replica is running');
      const body = await registrationRequest({
        request: { iss: softwareId },
        statement: { software_id: softwareId, jwks_uri: service.jwksUri },
      });
      const headers = {
        'content-type': 'application/jwt',
        'x-wso2-client-certificate': service.certificateHeader('recipient'),
      };
      return service.call({ method: 'POST', path: '/register', body, headers, kept: true });
    },
    close: async () => {
      await Promise.all(services.map((service) => service.close()));
    },
  };
}
