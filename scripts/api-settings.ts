import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { conflictOf } from './api-conflict.ts';
import { codeMediators } from './synapse-mediators.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https:// URL' });

/** The registration API: what the Publisher makes of its OpenAPI title; WSO2's accelerator looks it up by this name. */
export const registrationApi = 'CDRDynamicClientRegistrationAPI';

/** An operation policy in the request flow of every operation (the guide's "Message Mediation > Custom Policy"). */
const policy = z.strictObject({
  /** Operation-policy specification; without one the definition is a sequence of the vendor's own, and its name is the policy's. */
  specification: z.string().optional(),
  /** Synapse XML: known mediators, and no credential. */
  definition: z.string(),
  /** The mediators that run code on the gateway and may be in it: class, script. Default: none. */
  allows: z.array(z.enum(codeMediators)).optional(),
});

const gateway = z.strictObject({
  environment: z.string().default('Default'),
  /** Default: the first virtual host that API Manager offers for the environment. */
  vhost: z.string().optional(),
  displayOnDevPortal: z.boolean().default(true),
});

/**
 * One API. Fields marked "registration API" have a default for that API only; other APIs must set them. A list that is left out is not
 * declared and does not change; an empty list is declared empty.
 */
const entry = z.strictObject({
  name: z.string().min(1).default(registrationApi),
  /** `absent` removes the API; an entry that is left out of the list leaves it alone. */
  state: z.enum(['present', 'absent']).default('present'),
  /** Registration API: 0.2. */
  version: z.string({ error: 'must be text: write it in quotes' }).min(1).optional(),
  /** Registration API: /open-banking/{version}. */
  context: z
    .string()
    .regex(/^\/.*\{version\}/, 'must begin with / and hold {version}')
    .optional(),
  /** OpenAPI file; relative to the settings file. Registration API: apis/dcr/openapi.yaml. */
  definition: z.string().optional(),
  /** Registration API: the policy in apis/dcr. */
  policies: z.array(policy).optional(),
  /** Where the gateway forwards to. Registration API: dcr-service, from the stack's outputs. */
  endpoint: httpsUrl.optional(),
  /** Which plans an application may subscribe with. An API without one cannot be published. */
  businessPlans: z.array(z.string()).min(1, 'must name at least one plan').default(['Unlimited']),
  throttlingPolicy: z.string().default('Unlimited'),
  /** Which key managers' tokens the gateway takes. */
  keyManagers: z.array(z.string()).min(1, 'must name at least one key manager').default(['OBKM']),
  gateways: z.array(gateway).default([{ environment: 'Default', displayOnDevPortal: true }]),
  /** The vendor's guide leaves http on, but a registration over http carries no client certificate. */
  transport: z
    .array(z.enum(['https', 'http']))
    .min(1)
    .default(['https']),
  visibility: z.enum(['PUBLIC', 'PRIVATE']).default('PUBLIC'),
  /** Whether it is for recipients: new clients are subscribed to it, and only active recipients get through. Registration API: true. */
  regulatory: z.boolean().optional(),
});

const ofRegistrationApi = {
  version: '0.2',
  context: '/open-banking/{version}',
  definition: inProject('apis/dcr/openapi.yaml'),
  policies: [{ specification: inProject('apis/dcr/policy.yaml'), definition: inProject('apis/dcr/policy.xml.j2') }],
  regulatory: true,
};

const needed = ['version', 'context', 'definition', 'endpoint'] as const;

export const apiEntries = z
  .array(
    entry.superRefine((api, context) => {
      if (api.name === registrationApi) return;
      for (const member of api.state === 'absent' ? (['version'] as const) : needed) {
        if (api[member] !== undefined) continue;
        context.addIssue({
          code: 'custom',
          path: [member],
          message: `is missing: only ${registrationApi} has a default`,
        });
      }
    }),
  )
  .superRefine((apis, context) => {
    const declared = apis.map(completeApi);
    for (const [index, api] of declared.entries()) {
      const before = declared.slice(0, index);
      const twin = before.findIndex(({ name, version }) => name === api.name && version === api.version);
      const issue = (message: string) => context.addIssue({ code: 'custom', path: [index], message });
      if (twin !== -1) issue(`API ${api.name} ${api.version} is declared twice: here and as apis[${twin}]`);
      const conflict = isPresent(api) ? conflictOf(api, before.filter(isPresent)) : undefined;
      if (conflict !== undefined) issue(conflict);
    }
  });

const isPresent = ({ state }: ApiSettings) => state === 'present';

/** One API as declared, complete. */
export type ApiSettings = Omit<z.output<typeof entry>, 'regulatory'> &
  Record<'version' | 'context' | 'definition', string> & { regulatory: boolean };

/** Fills in what only the registration API has a default for. */
export function completeApi(api: z.output<typeof entry>): ApiSettings {
  const isRegistrationApi = api.name === registrationApi;
  const defaults = isRegistrationApi ? ofRegistrationApi : undefined;
  return {
    ...api,
    version: api.version ?? defaults?.version ?? '',
    context: api.context ?? defaults?.context ?? '',
    definition: api.definition ?? defaults?.definition ?? '',
    policies: api.policies ?? defaults?.policies,
    regulatory: api.regulatory ?? isRegistrationApi,
  };
}
