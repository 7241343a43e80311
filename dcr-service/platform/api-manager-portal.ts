import { type ApiManager, type DevPortalClient, Wso2Error, wso2Codes } from '@cdr-stack/wso2';
import { type DeveloperPortal, PlatformError } from '../registration/platform.ts';
import type { Settings } from '../settings.ts';
import { isAbsent, isConflict, onServer } from './wso2-failure.ts';

const server = 'API Manager';

/** What provisioning tags the APIs with that its settings call regulatory. */
const regulatoryTag = 'cdr-regulatory';

/**
 * API Manager's own 500 for a mapping: its key manager did not show it the client, or gave it no token for it. API Manager says the
 * same of a fault that passes, so that the caller may try again; the message says what to look at where it does not pass.
 */
const isFailedMapping = (error: unknown): boolean =>
  error instanceof Wso2Error && error.status === 500 && error.wso2Code === 500;

/** What API Manager 4.6.0 answers to a subscription to an API that is gone, among others. */
const isGeneral = (error: unknown): boolean => error instanceof Wso2Error && error.wso2Code === wso2Codes.generalError;

const mappingFailed = (cause: Error, keyManager: string): PlatformError =>
  new PlatformError(
    server,
    'away',
    `${server}: ${cause.message} The key manager ${keyManager} may not find the client that Identity Server has just made, or want a token of it. One of type ObKeyManager reads API Manager's own database: [database.identity_db] of Identity Server must name the database of [database.apim_db]; of any other type, look at its client registration endpoint and account, and that it generates no tokens`,
    { cause },
  );

/** For how long a look-up of the regulatory APIs is good: an API that was just tagged reaches new recipients that much later. */
const apisFreshMs = 2_000;

/** Applications in WSO2 API Manager's developer portal. */
export function apiManagerPortal(apiManager: ApiManager, settings: Settings['portal']): DeveloperPortal {
  const { keyManager, regulatoryApis, businessPlan } = settings;
  const apiIds = new Map<string, string>();
  let lookedUp: { readonly at: number; readonly apis: Promise<Set<string>> } | undefined;

  const on = <T>(within: AbortSignal, calls: (devportal: DevPortalClient) => Promise<T>): Promise<T> =>
    onServer(server, within, () => calls(apiManager.within(within).devportal));

  async function apiId(devportal: DevPortalClient, name: string, version: string): Promise<string> {
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

  /** The ones that are named, and beside them whatever is declared as regulatory by now. */
  async function lookUpApis(devportal: DevPortalClient): Promise<Set<string>> {
    const [tagged, ...named] = await Promise.all([
      devportal.findApisByTag(regulatoryTag),
      ...regulatoryApis.map(({ name, version }) => apiId(devportal, name, version)),
    ]);
    return new Set([...named, ...tagged.map(({ id }) => id)]);
  }

  /** One look-up serves all who ask at its time; whose own time is not over asks again when it fails. */
  async function everyApi(devportal: DevPortalClient): Promise<Set<string>> {
    if (lookedUp && performance.now() - lookedUp.at < apisFreshMs)
      return lookedUp.apis.catch(() => lookUpApis(devportal));
    const mine = { at: performance.now(), apis: lookUpApis(devportal) };
    lookedUp = mine;
    try {
      return await mine.apis;
    } catch (error) {
      if (lookedUp === mine) lookedUp = undefined;
      throw error;
    }
  }

  const remove = async (devportal: DevPortalClient, name: string) => {
    const found = await devportal.findApplication(name);
    if (found) await devportal.deleteApplication(found.applicationId);
  };

  return {
    createApplication: (name, within) =>
      on(within, async (devportal) => {
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
          await remove(devportal, name);
          return { applicationId: (await devportal.createApplication(request)).applicationId };
        }
      }),
    mapKeys: (applicationId, { clientId, clientSecret }, within) =>
      on(within, async (devportal) => {
        const mapping = devportal.mapKeys(applicationId, {
          consumerKey: clientId,
          consumerSecret: clientSecret,
          keyManager,
          keyType: 'PRODUCTION',
        });
        await mapping.catch((error: unknown) => {
          throw isFailedMapping(error) ? mappingFailed(error as Error, keyManager) : error;
        });
      }),
    subscribe: (applicationId, within) =>
      on(within, async (devportal) => {
        const subscribeToAll = async () => {
          for (const api of await everyApi(devportal))
            await devportal.subscribe(applicationId, api, businessPlan).catch((error: unknown) => {
              if (!isConflict(error)) throw error;
            });
        };
        await subscribeToAll().catch((error: unknown) => {
          // An API may have been created anew since it was looked up.
          apiIds.clear();
          lookedUp = undefined;
          if (!isAbsent(error) && !isGeneral(error)) throw error;
          return subscribeToAll();
        });
      }),
    isWhole: (name, clientId, within) =>
      on(within, async (devportal) => {
        const application = await devportal.findApplication(name);
        if (!application) return false;
        const [keys, subscriptions, wanted] = await Promise.all([
          devportal.listKeys(application.applicationId),
          devportal.listSubscriptions(application.applicationId),
          everyApi(devportal),
        ]);
        const subscribed = new Set(subscriptions.map(({ apiId: id }) => id));
        return (
          keys.some(({ consumerKey }) => consumerKey === clientId) && [...wanted].every((id) => subscribed.has(id))
        );
      }),
    removeApplication: (name, within) => on(within, (devportal) => remove(devportal, name)),
  };
}
