import type { FastifyReply, FastifyRequest } from 'fastify';

interface CdsError {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

const missing: CdsError = {
  status: 400,
  code: 'urn:au-cds:error:cds-all:Header/Missing',
  title: 'Missing Required Header',
  detail: 'An API version x-v header is required, but was not specified.',
};
const invalid: CdsError = {
  status: 400,
  code: 'urn:au-cds:error:cds-all:Header/InvalidVersion',
  title: 'Invalid Version',
  detail: 'Version is not a positive Integer.',
};
const unsupported: CdsError = {
  status: 406,
  code: 'urn:au-cds:error:cds-all:Header/UnsupportedVersion',
  title: 'Unsupported Version',
  detail: 'Requested version is lower than the minimum version or greater than maximum version.',
};

/** What the Register says about a software product that it does not know, or gives no statement for. */
export const invalidSoftwareProduct: CdsError = {
  status: 404,
  code: 'urn:au-cds:error:cds-register:Field/InvalidSoftwareProduct',
  title: 'Invalid Software Product',
  detail: 'No software product of this brand has this id.',
};
export const notActive: CdsError = {
  status: 403,
  code: 'urn:au-cds:error:cds-all:Authorisation/AdrStatusNotActive',
  title: 'ADR Status Is Not Active',
  detail: 'Data recipient and software product must both be ACTIVE.',
};

/**
 * A hook that lets a request pass when it asks for this version (CDS, HTTP headers: x-v, x-min-v) and states the version
 * in the answer; others get the standard's errors.
 */
export function requireVersion(version: number) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { 'x-v': wanted, 'x-min-v': least = wanted } = request.headers;
    if (wanted === undefined) return refuse(reply, missing);
    const [most, fewest] = [wanted, least].map((text) =>
      /^[1-9]\d{0,8}$/.test(String(text)) ? Number(text) : undefined,
    );
    if (most === undefined || fewest === undefined) return refuse(reply, invalid);
    if (version > most || version < fewest) return refuse(reply, unsupported);
    reply.header('x-v', String(version));
    return undefined;
  };
}

/** Answers with the error list of the Consumer Data Standards. */
export function refuse(reply: FastifyReply, { status, ...error }: CdsError): FastifyReply {
  return reply.code(status).send({ errors: [error] });
}
