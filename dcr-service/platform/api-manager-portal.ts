import type { ApiManager } from '@cdr-stack/wso2';
import { type DeveloperPortal, PlatformError } from '../registration/platform.ts';
import { isConflict, onServer } from './wso2-failure.ts';

const server = 'API Manager';

export interface PortalSettings {
  /** The key manager that holds the clients, for example OBKM. */
  readonly keyManager: string;
  /** The APIs that every recipient is subscribed to. */
  readonly regulatoryApis: readonly { readonly name: string; readonly version: string }[];
  readonly businessPlan: string;
}

/** Applications in WSO2 API Manager's developer portal. */
export function apiManagerPortal({ devportal }: ApiManager, settings: PortalSettings): DeveloperPortal {
  const { keyManager, regulatoryApis, businessPlan } = settings;
  const apiIds = new Map<string, string>();

  async function apiId(name: string, version: string): Promise<string> {
    const key = `${name}:${version}`;
    const known = apiIds.get(key);
    if (known !== undefined) return known;
    const api = await devportal.findApi(name, version);
    if (!api) {
      throw new PlatformError(
        server,
        'refused',
        `${server} publishes no API ${name} ${version}: run the provisioning, or correct DCR_REGULATORY_APIS`,
      );
    }
    apiIds.set(key, api.id);
    return api.id;
  }

  const remove = async (name: string) => {
    const found = await devportal.findApplication(name);
    if (found) await devportal.deleteApplication(found.applicationId);
  };

  return {
    createApplication: (name) =>
      onServer(server, async () => {
        const request = {
          name,
          throttlingPolicy: 'Unlimited',
          tokenType: 'JWT',
          description: 'Registered by dcr-service',
        } as const;
        try {
          return { applicationId: (await devportal.createApplication(request)).applicationId };
        } catch (error) {
          if (!isConflict(error)) throw error;
          await remove(name);
          return { applicationId: (await devportal.createApplication(request)).applicationId };
        }
      }),
    mapKeys: (applicationId, { clientId, clientSecret }) =>
      onServer(server, async () => {
        await devportal.mapKeys(applicationId, {
          consumerKey: clientId,
          consumerSecret: clientSecret,
          keyManager,
          keyType: 'PRODUCTION',
        });
      }),
    subscribe: (applicationId) =>
      onServer(server, async () => {
        for (const { name, version } of regulatoryApis) {
          try {
            await devportal.subscribe(applicationId, await apiId(name, version), businessPlan);
          } catch (error) {
            // The API may have been created anew since we looked it up.
            apiIds.clear();
            if (!isConflict(error)) throw error;
          }
        }
      }),
    removeApplication: (name) => onServer(server, () => remove(name)),
  };
}
