import type { ApiManager } from '@cdr-stack/wso2';

/** What the developer portal shows of one registered software product. No secrets. */
export interface PortalView {
  /** The API as subscribers see it; null when it is not visible. */
  api: { name: string; version: string; state: string } | null;
  /** The application that dcr-service made for the software product. */
  application: { name: string; plan: string; status: string } | null;
  keys: { consumerKey: string; keyManager: string; keyType: string }[];
  subscriptions: { plan: string; status: string }[];
}

/**
 * Reads the portal's view of a registration.
 *
 * @param applicationName as dcr-service named it.
 */
export async function readPortalView(
  { devportal }: Pick<ApiManager, 'devportal'>,
  api: { name: string; version: string },
  applicationName: string,
): Promise<PortalView> {
  const [listed, application] = await Promise.all([
    devportal.findApi(api.name, api.version),
    devportal.findApplication(applicationName),
  ]);
  const [keys, subscriptions] = application
    ? await Promise.all([
        devportal.listKeys(application.applicationId),
        devportal.listSubscriptions(application.applicationId),
      ])
    : [[], []];
  return {
    api: listed && { name: listed.name, version: listed.version, state: listed.lifeCycleStatus ?? 'unknown' },
    application: application && {
      name: application.name,
      plan: application.throttlingPolicy ?? 'unknown',
      status: application.status ?? 'unknown',
    },
    keys: keys.map(({ consumerKey, keyManager, keyType }) => ({
      consumerKey: consumerKey ?? '',
      keyManager: keyManager ?? '',
      keyType: keyType ?? '',
    })),
    subscriptions: subscriptions
      .filter(({ apiId }) => !listed || apiId === listed.id)
      .map(({ throttlingPolicy, status }) => ({ plan: throttlingPolicy ?? '', status: status ?? '' })),
  };
}
