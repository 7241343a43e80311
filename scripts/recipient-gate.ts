import { fileURLToPath } from 'node:url';
import type { ApiSettings } from './api-settings.ts';
import { type DeclaredPolicy, declarePolicy } from './declared-policy.ts';
import { InvocationError } from './engine/errors.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../apis/recipient-gate/${path}`, import.meta.url));

/** The gate's policy at API Manager, in every version. */
export const gateName = 'cdrRecipientGate';

/** The decision endpoint of dcr-service, below its URL: dcr-service/http/recipient-gate.ts. */
const decisionPath = '/recipient-gate';

/** Whether an operation takes a token: one that does not is for anybody, and has no recipient to look at. */
export const takesToken = ({ authType }: { readonly authType?: string | null | undefined }): boolean =>
  authType !== 'None';

/**
 * The policy that asks dcr-service who may have data.
 *
 * @param dcrService where the gateway reaches it.
 * @throws {InvocationError} when that is not known: an API that is declared as regulatory must not be without its gate.
 */
export function recipientGate(
  { name, version }: Pick<ApiSettings, 'name' | 'version'>,
  dcrService: { readonly url: string } | undefined,
): DeclaredPolicy {
  if (dcrService === undefined) {
    throw new InvocationError(
      `API ${name} ${version} is regulatory, so the gateway asks dcr-service about each caller: say where it is with --endpoint URL.`,
    );
  }
  const url = new URL(dcrService.url);
  const decisionUrl = `${url.origin}${url.pathname.replace(/\/$/, '')}${decisionPath}`;
  return declarePolicy(
    { specification: inProject('policy.yaml'), definition: inProject('policy.xml.j2') },
    { decisionUrl },
  );
}
