import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, importPKCS8, type JWTPayload, SignJWT } from 'jose';
import type { FlowEnvironment } from '../flow-environment.ts';

/**
 * An access token as Identity Server makes it when a consumer has consented, which nobody can do here: the claims of the client's own token
 * but for whose it is, signed by the same key.
 */
export async function consumerToken(
  environment: FlowEnvironment,
  clientId: string,
  changes: JWTPayload = {},
): Promise<string> {
  const own = await environment.recipient().accessToken(clientId);
  const key = await importPKCS8(
    await readFile(join(environment.state.pki, 'identity-server-signing.key'), 'utf8'),
    'RS256',
  );
  const consented = { aut: 'APPLICATION_USER', scope: 'openid bank:accounts.basic:read' };
  return new SignJWT({ ...decodeJwt(own), ...consented, ...changes })
    .setProtectedHeader({ ...decodeProtectedHeader(own), alg: 'RS256' })
    .sign(key);
}
