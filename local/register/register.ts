import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ocspRefusal, ocspResponse, readOcspQuestion } from '../pki/ocsp-response.ts';
import type { Pki } from '../pki/pki.ts';
import { isListed, readRevocationList } from '../pki/revocation-list.ts';
import { invalidSoftwareProduct, notActive, refuse, requireVersion } from './api-version.ts';
import { seal } from './jwt.ts';
import { type SoftwareProduct, softwareStatement } from './software-statement.ts';
import { dataRecipientStatuses, type StatusList, softwareProductStatuses } from './status-list.ts';
import { requireLoopback, type TlsListener, urlOf } from './tls-listener.ts';

const base = '/cdr-register/v1';

export interface Register {
  readonly pki: Pki;
  readonly product: () => SoftwareProduct;
  readonly statuses: StatusList;
}

/**
 * The part of the CDR Register that a data holder and a recipient meet at registration, at the Register's own paths
 * (Consumer Data Standards, Register APIs), and its issuing authority's revocation list.
 */
export function serveRegister(listener: TlsListener, { pki, product, statuses }: Register): void {
  const { kid, publicJwk } = pki.signers.registerSigning;

  listener.get(`${base}/jwks`, async () => {
    // As the Register publishes its key: key_ops that no public key can have, on which strict readers stumble.
    const { alg, e, kty, n } = publicJwk;
    return { keys: [{ alg, e, key_ops: ['sign', 'verify'], kid, kty, n }] };
  });

  const version3 = { onRequest: requireVersion(3) };
  listener.get(`${base}/all/data-recipients/brands/software-products/status`, version3, async (request, reply) =>
    conditionally(request, reply, list(statuses.softwareProducts(), urlOf(listener) + request.url)),
  );
  listener.get(`${base}/all/data-recipients/status`, version3, async (request, reply) =>
    conditionally(request, reply, list(statuses.dataRecipients(), urlOf(listener) + request.url)),
  );

  // Not an API of the real Register: callers on this machine set the statuses in its lists.
  listener.put('/status', { onRequest: requireLoopback }, async (request, reply) => {
    const change = statusChange.safeParse(request.body);
    if (!change.success) return reply.code(400).send({ message: `Not a status: ${change.error.message}` });
    statuses.set(change.data);
    return { softwareProducts: statuses.softwareProducts(), dataRecipients: statuses.dataRecipients() };
  });

  // The real one asks for the recipient's certificate and a token here; the sample product has no secret to keep.
  listener.get<{ Params: { brandId: string; softwareId: string } }>(
    `${base}/all/data-recipients/brands/:brandId/software-products/:softwareId/ssa`,
    { onRequest: requireVersion(4) },
    async ({ params }, reply) => {
      const known = product();
      if (params.brandId !== known.brandId || params.softwareId !== known.softwareId) {
        return refuse(reply, invalidSoftwareProduct);
      }
      if (!statuses.isActive()) return refuse(reply, notActive);
      return reply.type('application/jwt').send(seal(softwareStatement(known, pki.signers.registerSigning)));
    },
  );

  // Read anew each time, so that what publishRevocationList wrote is served at once.
  listener.get('/crl/cdr-issuing.crl', async (_, reply) => {
    const content = await readRevocationList(pki);
    return content ? reply.type('application/pkix-crl').send(content) : reply.callNotFound();
  });

  // RFC 6960, appendix A.1: the question is the path. The answer is what the list says.
  listener.get<{ Params: { '*': string } }>('/ocsp/*', async ({ params }, reply) => {
    const question = readOcspQuestion(Buffer.from(params['*'], 'base64'));
    reply.type('application/ocsp-response');
    if (!question) return reply.send(ocspRefusal('malformedRequest'));
    const status = (await isListed(pki, question.serialNumber)) ? 'revoked' : 'good';
    return reply.send(ocspResponse(question, status, pki.authorities.cdrIssuing));
  });
}

const statusChange = z.strictObject({
  softwareProduct: z.enum(softwareProductStatuses).exactOptional(),
  dataRecipient: z.enum(dataRecipientStatuses).exactOptional(),
});

/** Answers 304 to a client that has the list already (RFC 9110, 13.1.2). */
function conditionally({ headers }: FastifyRequest, reply: FastifyReply, body: object): FastifyReply {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url')}"`;
  reply.header('etag', etag);
  return headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(body);
}

function list<Entry>(data: Entry[], self: string) {
  return { data, links: { self }, meta: {} };
}
