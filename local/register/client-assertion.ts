import { randomUUID } from 'node:crypto';
import type { SigningKey } from '../pki/signing-key.ts';
import { numericDate, type UnsignedJwt, unsignedJwt } from './jwt.ts';

/** What goes beside the assertion in a token request (RFC 7523, 2.2). */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const lifetimeSeconds = 60;

/** By what a registered recipient authenticates at the token endpoint (private_key_jwt), before it is signed. */
export function clientAssertion(
  { clientId, audience, now }: { clientId: string; audience: string; now?: Date },
  recipientKey: SigningKey,
): UnsignedJwt {
  const issuedAt = numericDate(now);
  return unsignedJwt(
    {
      iss: clientId,
      sub: clientId,
      aud: audience,
      jti: randomUUID(),
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
    },
    recipientKey,
  );
}
