import { admin, devportal, publisher } from '../objects.ts';
import { type Probe, probes } from '../probe.ts';

/** What an installation says of itself. */
export const settings: Probe[] = probes('api-manager', [
  {
    id: 'version-page-names-the-product',
    fact: 'GET /services/Version names product and version to an account.',
    source: 'contract A.4',
    expect: { status: 200, product: true },
    async run(session) {
      const { status, body } = await session.apiManager('GET', '/services/Version');
      return { status, product: /WSO2 API Manager-\d+\.\d+\.\d+/.test(String(body)) };
    },
  },
  {
    id: 'startup-health-check',
    fact: 'The startup health check answers 200 once everything that is deployed is loaded, without credentials.',
    source: 'contract A.4',
    expect: 200,
    // It wants an account there.
    otherwise: [{ before: '4.3', found: 401 }],
    run: async (session) =>
      (await session.apiManager('GET', '/api/am/gateway/v2/server-startup-healthcheck', { as: 'nobody' })).status,
  },
  {
    id: 'startup-health-check-takes-an-account',
    fact: 'The startup health check answers 200 to an account, whether it requires one or not.',
    source: 'real servers',
    expect: 200,
    run: async (session) => (await session.apiManager('GET', '/api/am/gateway/v2/server-startup-healthcheck')).status,
  },
  {
    id: 'publisher-settings-name-environments',
    fact: "The Publisher's settings name the gateway environments with their virtual hosts.",
    source: 'contract B.6',
    expect: { status: 200, names: true, hosts: true },
    async run(session) {
      const { status, body } = await session.apiManager('GET', `${publisher}/settings`);
      const environments: { name: unknown; vhosts: { host: unknown }[] }[] = body.environment;
      return {
        status,
        names: environments.every(({ name }) => typeof name === 'string'),
        hosts: environments.every(({ vhosts }) => vhosts.length > 0 && typeof vhosts[0]?.host === 'string'),
      };
    },
  },
  {
    id: 'admin-settings-name-key-manager-types',
    fact: 'The Admin settings name the types of key manager that are installed, WSO2-IS-7 among them.',
    source: 'contract 0.2',
    versions: { since: '4.3' },
    expect: { status: 200, offered: true },
    async run(session) {
      const { status, body } = await session.apiManager('GET', `${admin}/settings`);
      return {
        status,
        offered: body.keyManagerConfiguration.some(({ type }: { type: string }) => type === 'WSO2-IS-7'),
      };
    },
  },
  {
    id: 'business-plan-unlimited',
    fact: 'There is a business plan Unlimited.',
    source: 'contract B.4',
    expect: true,
    async run(session) {
      const { body } = await session.apiManager('GET', `${publisher}/throttling-policies/subscription?limit=100`);
      return body.list.some(({ name }: { name: string }) => name === 'Unlimited');
    },
  },
  {
    id: 'admin-lists-applications-of-all',
    fact: 'An administrator gets all applications at /applications of the Admin API, with owners and without keys.',
    source: 'admin-api.yaml; [I] for all owners',
    expect: { status: 200, found: true, keys: false },
    async run(session) {
      const name = session.name();
      const body = { name, throttlingPolicy: 'Unlimited' };
      const { body: made } = await session.apiManager('POST', `${devportal}/applications`, { body });
      session.cleanUp(() => session.apiManager('DELETE', `${devportal}/applications/${made.applicationId}`));
      const { status, body: listed } = await session.apiManager('GET', `${admin}/applications?limit=1000`);
      const found = listed.list.find((application: { name: string }) => application.name === name);
      return { status, found: found?.owner !== undefined, keys: found !== undefined && 'keys' in found };
    },
  },
]);
