import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Config, getStack, RunError } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { chosenSecrets, doorFaults } from './production-doors.ts';

/** What is asked of a stack that is marked production, beyond its settings. */
export interface ProductionContext {
  /** Text of the stack's own file (`stacks/Pulumi.<stack>.yaml`), where there is one. */
  stackFile: string | undefined;
  /** The stack's secrets by the names of their settings, in clear: they are compared with each other. */
  secrets: Readonly<Record<string, string | undefined>>;
  now: Date;
}

type Fault = readonly [key: keyof Settings, message: string];

/** Days before its end when a certificate no longer goes into production: renewal takes a CDR CA some of them. */
const LEAST_DAYS = 30;

/**
 * Lets settings that are fit for production pass.
 *
 * @throws {RunError} with every fault at once, each naming its key and what to do. Values of secrets are in none.
 */
export function requireFitSettings(settings: Settings): void {
  const file = new URL(`../../stacks/Pulumi.${getStack()}.yaml`, import.meta.url);
  const stackFile = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const config = new Config();
  const secrets = Object.fromEntries(chosenSecrets.map((key) => [key, config.get(key)]));
  const faults = productionFaults(settings, { stackFile, secrets, now: new Date() }).map(
    ([key, message]) => `${key} ${message}.`,
  );
  if (faults.length === 0) return;
  throw new RunError(`Stack ${getStack()} is marked production, and is not fit for it:\n  ${faults.join('\n  ')}`);
}

/** Why these settings are not fit for production, each with what to do. */
export function productionFaults(settings: Settings, context: ProductionContext): Fault[] {
  const { database, databaseTls, size, registerImage, revocation, allowedPrivateNetworks } = settings;
  return [
    ...faultIf(
      database !== 'external',
      'database',
      `is ${database}: production wants external, a PostgreSQL with backups and a standby`,
    ),
    ...faultIf(databaseTls === 'none', 'databaseTls', 'is "none", and production requires "verify"'),
    ...faultIf(size === 'emulator', 'size', "is emulator: WSO2's servers would not start in it; set standard"),
    ...faultIf(
      registerImage !== undefined,
      'registerImage',
      'is set: production asks the CDR Register; leave it empty',
    ),
    ...faultIf(revocation === 'off', 'revocation', "is off: a revoked recipient's certificate would do; set hard"),
    ...faultIf(
      allowedPrivateNetworks.length > 0,
      'allowedPrivateNetworks',
      'is not empty: a recipient could make dcr-service call into these networks; set []',
    ),
    ...faultIf(
      hasPassphrase(context.stackFile),
      'production',
      'is true, but the stack is encrypted by a passphrase, which is shared and cannot be withdrawn: pulumi stack change-secrets-provider (docs/state-backends.md)',
    ),
    ...signingFaults(settings),
    ...doorFaults(settings, context.secrets),
    ...certificateFaults(settings, context.now),
  ];
}

/** A file with a salt is a passphrase's; one of a KMS names its provider and has an encrypted key. */
function hasPassphrase(stackFile = ''): boolean {
  return /^encryptionsalt:/m.test(stackFile);
}

function signingFaults(settings: Settings): Fault[] {
  const keys = ['apiManagerSigningKeystore', 'identityServerSigningKeystore'] as const;
  return keys.flatMap((key) =>
    faultIf(
      settings[key] === undefined,
      key,
      'is not set: renewing the TLS certificate would replace the key that signs tokens; docs/certificates.md says how to set it',
    ),
  );
}

function certificateFaults(settings: Settings, now: Date): Fault[] {
  const keys = ['dcrServiceCertificate', 'edgeCertificate', 'databaseAuthority'] as const;
  return keys.flatMap((key) =>
    certificatesIn(settings[key]).flatMap(({ subject, validToDate }): Fault[] => {
      const days = Math.floor((validToDate.getTime() - now.getTime()) / 86_400_000);
      const ends = validToDate.toISOString().slice(0, 10);
      return faultIf(
        days < LEAST_DAYS,
        key,
        `holds a certificate (${subject.replaceAll('\n', ', ')}) that ends on ${ends}: production wants ${LEAST_DAYS} days or more; renew it`,
      );
    }),
  );
}

function certificatesIn(pem = ''): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function faultIf(wrong: boolean, key: keyof Settings, message: string): Fault[] {
  return wrong ? [[key, message]] : [];
}
