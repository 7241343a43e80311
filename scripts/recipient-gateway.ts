import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect } from '@cdr-stack/wso2';
import { InvocationError } from './engine/errors.ts';
import { readFileOf } from './input-file.ts';
import type { ClientCertificate } from './mutual-tls.ts';
import { readOutputs } from './outputs-source.ts';
import type { TestRecipient } from './sample-recipient.ts';
import { findWay } from './way-to-servers.ts';

/** Finds the gateway to call and the recipient's credentials for `npm run register`. */
export interface RegisterFlags {
  stack?: string;
  outputs?: string;
  context?: string;
  direct?: true;
  gateway?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/** A gateway as a recipient sees it. */
export interface RecipientGateway {
  gatewayUrl: string;
  /** PEM of the CAs to trust for it. */
  ca: string;
  client: ClientCertificate;
  connect?: Connect | undefined;
  /** In a throw-away stack. */
  recipient?: TestRecipient;
  /** For the person who watches: which cluster, and who named it. */
  told?: string | undefined;
}

/**
 * The gateway that flags name, or that of a stack, with the recipient's certificate: the one given, or the test recipient's.
 *
 * @throws {InvocationError} telling what is missing.
 * @throws {KubernetesError | PulumiError} when there is no way to the stack.
 */
export async function findGateway(flags: RegisterFlags): Promise<RecipientGateway> {
  if (flags.gateway !== undefined) {
    refuseBesideGateway(flags);
    if (flags.ca === undefined)
      throw new InvocationError("Missing: --ca, the CA certificates that issued the gateway's certificate.");
    return {
      gatewayUrl: flags.gateway.replace(/\/+$/, ''),
      ca: readFileOf('CA certificates', flags.ca),
      client: certificateOf(flags, undefined),
    };
  }
  if (flags.ca !== undefined)
    throw new InvocationError("--ca goes with --gateway: for a stack, the stack's own CAs are used.");
  const { stack: name, outputs: file } = flags;
  const source = await readOutputs({
    ...(name !== undefined && { stack: name }),
    ...(file !== undefined && { outputs: file }),
  });
  const { apiManager, identityServer, recipient, trust } = source.outputs;
  const client = certificateOf(flags, source.stack?.registerPkiDirectory);
  const { connect, told } = await findWay(source, flags);
  return {
    gatewayUrl: apiManager.gatewayUrl,
    ca: trust.servers,
    client,
    connect,
    told,
    ...(recipient && { recipient: { url: recipient.url, issuer: identityServer.issuer } }),
  };
}

function refuseBesideGateway(flags: RegisterFlags) {
  const others = (['stack', 'outputs', 'context', 'direct'] as const).filter((flag) => flags[flag] !== undefined);
  if (others.length > 0)
    throw new InvocationError(
      `--gateway names a gateway by itself: leave out ${others.map((flag) => `--${flag}`).join(', ')}.`,
    );
}

/** The certificate that is shown; a recipient that has its own goes before the test recipient. */
function certificateOf({ cert, key }: RegisterFlags, pki: string | undefined): ClientCertificate {
  if ((cert === undefined) !== (key === undefined)) throw new InvocationError('--cert and --key go together.');
  const sample = pki !== undefined && existsSync(join(pki, 'recipient.pem'));
  if (cert === undefined && !sample)
    throw new InvocationError(
      "Missing: --cert and --key, the recipient's TLS certificate and its key. Only a throw-away stack on this machine has those of a test recipient.",
    );
  return {
    certificate: readFileOf('certificate', cert ?? join(pki ?? '', 'recipient.pem')),
    key: readFileOf('key', key ?? join(pki ?? '', 'recipient.key')),
  };
}
