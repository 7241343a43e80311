import { Config, getProject, getStack, RunError, runtime } from '@pulumi/pulumi';
import { z } from 'zod';
import { availabilityFaults, availabilitySettings } from './availability-settings.ts';
import { certificateFaults, certificateSettings } from './certificate-settings.ts';
import { databaseFaults, databaseSettings } from './database-settings.ts';
import { edgeFaults, edgeSettings } from './edge-settings.ts';
import { monitoringFaults, monitoringSettings } from './monitoring-settings.ts';
import { nearestKey } from './nearest-key.ts';
import { optionalSecrets } from './optional-secrets.ts';
import { sizes } from './pods/sizes.ts';
import { productionExceptions } from './policy/production-exceptions.ts';
import { type GenerationName, generations } from './products.ts';
import { revocationFaults, revocationSettings } from './revocation-settings.ts';
import { serviceUsers } from './service-users.ts';
import {
  directory,
  dockerConfig,
  fileText,
  flag,
  httpsUrl,
  image,
  listOf,
  namespaceName,
  network,
  oneOf,
  optional,
  optionalSecret,
  secretOf,
  serverPassword,
  text,
  userName,
} from './setting-types.ts';

const settingsSchema = z
  .object({
    namespace: namespaceName,
    generation: oneOf(Object.keys(generations) as GenerationName[]),
    production: flag,
    productionExceptions,
    keepData: flag,
    size: oneOf(Object.keys(sizes) as (keyof typeof sizes)[]),
    apiManagerImage: image('API Manager'),
    identityServerImage: image('Identity Server'),
    dcrServiceImage: image('dcr-service, built from dcr-service/Dockerfile'),
    registryCredentials: optionalSecret(dockerConfig),
    registerImage: z.union([z.literal('').transform(() => undefined), image("the Register's stand-in")]),
    registerPkiDirectory: directory,
    provisioningImage: z.union([
      z.literal('').transform(() => undefined),
      image('provisioning, built from scripts/Dockerfile'),
    ]),
    provisioningSettings: fileText,
    administrator: userName('name the administrator of both servers'),
    apiManagerPassword: serverPassword('the administrator'),
    identityServerPassword: serverPassword('the administrator'),
    serviceUsers,
    encryptionKey: secretOf(
      text('generate it with openssl rand -hex 32').regex(
        /^[0-9a-f]{64}$/,
        'must be 64 hexadecimal digits (lower case)',
      ),
    ),
    endpointSecret: secretOf(
      text('generate it with openssl rand -hex 32').regex(
        /^[0-9a-f]{64}$/,
        'must be 64 hexadecimal digits (lower case)',
      ),
    ),
    storePassword: serverPassword('the stores'),
    ...certificateSettings,
    trustDirectory: directory.pipe(z.string()),
    gatewayCertificateNames: listOf(z.string().min(1), "list the DNS names of the gateway's certificate").refine(
      (names) => names.length > 0,
      "is empty: list a DNS name of the gateway's certificate, or dcr-service would serve nobody",
    ),
    gatewayCertificateIssuer: oneOf(['recipients', 'servers']),
    registerJwksUrl: httpsUrl("the CDR Register's JWKS"),
    revocation: oneOf(['hard', 'soft', 'off']),
    ...revocationSettings,
    allowedPrivateNetworks: listOf(network, 'give networks in CIDR form, or []'),
    storageClass: optional,
    ...databaseSettings,
    ...availabilitySettings,
    ...edgeSettings,
    ...monitoringSettings,
  })
  .refine((settings) => settings.registerImage === undefined || settings.registerPkiDirectory !== undefined, {
    path: ['registerPkiDirectory'],
    error: 'is empty: a stack with registerImage needs the PKI that the quick start generates',
  })
  .superRefine((settings, context) => {
    for (const [key, message] of [
      ...databaseFaults(settings),
      ...availabilityFaults(settings),
      ...edgeFaults(settings),
      ...revocationFaults(settings),
      ...monitoringFaults(settings),
    ])
      context.addIssue({ code: 'custom', path: [key], message });
  });

/** The settings of a stack, checked. */
export type Settings = z.output<typeof settingsSchema>;

/** The keys of all settings, as Pulumi.yaml declares them. */
export const settingKeys: readonly string[] = Object.keys(settingsSchema.shape);

/**
 * Reads the settings of the selected stack.
 *
 * @throws {RunError} with every fault at once, each naming its key and what to do. Values are in none.
 */
export function readSettings() {
  const configured = ownSettings();
  const faults = Object.keys(configured)
    .filter((key) => !settingKeys.includes(key))
    .map(unknownSetting);
  faults.push(...optionalSecrets.filter((key) => configured[key] && !isEncrypted(key)).map(inClear));
  if (!new Config('kubernetes').get('context'))
    faults.push(
      'kubernetes:context is not set: name the context of the cluster (pulumi config set kubernetes:context NAME); the current context is never used implicitly.',
    );
  const parsed = settingsSchema.safeParse(configured);
  if (!parsed.success) faults.push(...parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}.`));
  faults.push(...certificateFaults(configured));
  if (!parsed.success || faults.length > 0)
    throw new RunError(`The settings of stack ${getStack()} are not usable:\n  ${faults.join('\n  ')}`);
  return parsed.data;
}

function ownSettings(): Record<string, string> {
  const prefix = `${getProject()}:`;
  const configured = Object.fromEntries(
    Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
  // These two are named after the stack, which Pulumi.yaml cannot say.
  configured.namespace ||= `cdr-${getStack()}`;
  configured.trustDirectory ||= `stacks/${getStack()}/trust`;
  return configured;
}

function isEncrypted(key: string): boolean {
  // Pulumi's own question, which its types do not declare; its language hosts write keys in two ways.
  const { isConfigSecret } = runtime as unknown as { isConfigSecret(key: string): boolean };
  return [`${getProject()}:${key}`, `${getProject()}:config:${key}`].some(isConfigSecret);
}

function inClear(key: string): string {
  return `${key} is in clear in the stack's file: set it again with pulumi config set --secret.`;
}

function unknownSetting(key: string): string {
  const meant = nearestKey(key, settingKeys);
  return `${key} is no setting${meant ? `: did you mean ${meant}?` : '; Pulumi.yaml lists all.'}`;
}
