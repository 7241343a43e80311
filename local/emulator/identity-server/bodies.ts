import type { FastifyInstance } from 'fastify';

/** The media types of the product's endpoints. An empty JSON body is no error: Java clients announce one on DELETE. */
export function acceptBodies(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    ['application/json', 'application/scim+json'],
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => {
      if (body.length === 0) return undefined;
      try {
        return JSON.parse(body.toString());
      } catch {
        throw Object.assign(new Error('The body is not JSON.'), { statusCode: 400 });
      }
    },
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => new URLSearchParams(body.toString()),
  );
}
