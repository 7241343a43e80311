import { z } from 'zod';

const httpsUrl = z
  .url({ protocol: /^https$/, error: 'must be an https:// URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const pemBundle = z.string().regex(/-----BEGIN CERTIFICATE-----/, 'must hold PEM certificates');

const stackOutputs = z.strictObject({
  /** The generation that was deployed; absent for servers that we did not deploy, which are probed. */
  generation: z.enum(['4.7', '4.2']).optional(),
  apiManager: z.strictObject({
    /** Management: portals, REST APIs, token endpoint (port 9443 of the product). */
    url: httpsUrl,
    /** The gateway's TLS listener (port 8243 of the product). */
    gatewayUrl: httpsUrl,
    /** Where there are several, each by an address that means no other: both of these, and the two above mean any of them. */
    instances: z
      .array(z.strictObject({ url: httpsUrl, gatewayUrl: httpsUrl }))
      .min(2)
      .optional(),
  }),
  identityServer: z.strictObject({
    /** Where this stack's scripts reach it. */
    url: httpsUrl,
    /** Where API Manager reaches it, when that is another name. */
    internalUrl: httpsUrl.optional(),
    /** The `iss` of its tokens, when it is known without asking. */
    issuer: httpsUrl.optional(),
  }),
  dcrService: z.strictObject({
    /** The endpoint that the gateway forwards to. */
    url: httpsUrl,
  }),
  /** In a throw-away environment: a test recipient, which signs registration requests. */
  recipient: z.strictObject({ url: httpsUrl }).optional(),
  trust: z.strictObject({
    /** CA certificates of the servers above: what the scripts verify their connections with. */
    servers: pemBundle,
    /** CA certificates of the recipients: what the gateway's listener accepts. */
    recipients: pemBundle,
  }),
  /** The namespace of the servers above, whose names are only known in there; absent where they run without Kubernetes. */
  namespace: z.string().min(1).optional(),
  /** The command that a person types next. */
  next: z.string().optional(),
});

/**
 * Names of the users that work in place of the servers' administrators, where a stack has passwords for them: provisioning makes
 * them, dcr-service works as two of them. Four, not two: the servers may share one user store.
 */
export const serviceUserNames = {
  /** Makes and publishes APIs at API Manager: provisioning's own. */
  publisher: 'cdr-publisher',
  /** Makes applications and subscriptions at API Manager: dcr-service's. */
  subscriber: 'cdr-subscriber',
  /** Registers clients at the Identity Server: dcr-service's. */
  registration: 'cdr-registration',
  /** With what API Manager's key-manager connector calls the Identity Server. */
  connector: 'cdr-connector',
} as const;

/** The outputs of a deployed stack: the only interface between `programs/` and `scripts/`. */
export type StackOutputs = z.output<typeof stackOutputs>;

/**
 * Checks the outputs of a stack as they come from Pulumi, or from a file where there is no Pulumi.
 *
 * @throws {Error} naming every member that is missing, unknown or malformed.
 */
export function parseOutputs(value: unknown): StackOutputs {
  const parsed = stackOutputs.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'outputs'}: ${issue.message}`);
  throw new Error(`The stack's outputs are not as programs/outputs.ts declares them:\n${faults.join('\n')}`);
}
