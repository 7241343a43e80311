import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { SigningKey } from '../pki/signing-key.ts';
import { clientAssertion } from './client-assertion.ts';
import { seal } from './jwt.ts';
import { registrationRequest } from './registration-request.ts';
import type { SoftwareProduct } from './software-statement.ts';
import { requireLoopback, type TlsListener } from './tls-listener.ts';

export interface Recipient {
  readonly key: SigningKey;
  readonly product: () => SoftwareProduct;
  /** Gets a software statement from the Register; nothing when the Register gives none. */
  readonly statement: () => string | undefined;
  /** The audience of registration requests that name none. */
  readonly dataHolderIssuer?: string;
}

const wantedRequest = z.object({ audience: z.string().min(1).optional() });
const wantedAssertion = z.object({ clientId: z.string().min(1), audience: z.string().min(1) });

/**
 * A test recipient: publishes its keys and redirect URIs, and signs, for callers on this machine, what a recipient sends (`npm run
 * register` in the local stack gets its request here):
 *
 * - `POST /registration-request` `{ "audience"?: issuer }` → a fresh signed request, `application/jwt`
 * - `POST /client-assertion` `{ "clientId": …, "audience": … }` → a private_key_jwt assertion, `application/jwt`
 */
export function serveRecipient(listener: TlsListener, { key, product, statement, dataHolderIssuer }: Recipient): void {
  listener.get('/jwks', async () => ({ keys: [key.publicJwk] }));

  // OpenID Connect Registration 1.0, section 5: every redirect URI of the sector.
  listener.get('/sector-identifier', async () => product().redirectUris);

  const fromThisMachine = { onRequest: requireLoopback };
  listener.post('/registration-request', fromThisMachine, async (request, reply) => {
    const wanted = wantedRequest.safeParse(request.body ?? {});
    const audience = wanted.data?.audience ?? dataHolderIssuer;
    if (!wanted.success || audience === undefined) {
      return explain(reply, 400, 'Say whom the request is for: {"audience": "<the issuer of the data holder>"}.');
    }
    const softwareStatement = statement();
    if (softwareStatement === undefined) {
      return explain(reply, 409, 'The Register gives no software statement: product or recipient is not ACTIVE.');
    }
    const { softwareId, redirectUris } = product();
    const unsigned = registrationRequest({ softwareId, redirectUris, statement: softwareStatement, audience }, key);
    return reply.type('application/jwt').send(seal(unsigned));
  });

  listener.post('/client-assertion', fromThisMachine, async (request, reply) => {
    const wanted = wantedAssertion.safeParse(request.body);
    if (!wanted.success) {
      return explain(reply, 400, 'Say for which client and whom: {"clientId": "…", "audience": "<the issuer>"}.');
    }
    return reply.type('application/jwt').send(seal(clientAssertion(wanted.data, key)));
  });
}

function explain(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message });
}
