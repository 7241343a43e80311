import type { FastifyInstance } from 'fastify';
import { badRequest } from './errors.ts';
import type { LackingMembers } from './version.ts';

/** Bodies of the REST APIs as a version has them that lacks some members: refused when sent, absent from what is answered. */
export function withoutMembers(app: FastifyInstance, lacking: readonly LackingMembers[]): void {
  if (lacking.length === 0) return;
  const namesAt = (url: string): string[] => {
    const path = /^\/api\/am([^?]*)/.exec(url)?.[1];
    return path === undefined ? [] : lacking.flatMap(({ at, names }) => (at.test(path) ? names : []));
  };
  app.addHook('preHandler', async ({ url, body }) => {
    const names = namesAt(url);
    const sent = membersSent(body).find((name) => names.includes(name));
    if (sent !== undefined) throw badRequest(`Unrecognized property '${sent}'`);
  });
  // Before the response is written, so that the OpenAPI judge sees what a caller sees.
  app.addHook('preSerialization', async ({ url }, _reply, payload) => {
    const names = namesAt(url);
    return names.length === 0 ? payload : stripped(payload, names);
  });
}

/** Of the object itself, and of the policies that its operations have. */
function membersSent(body: unknown): string[] {
  const object: Record<string, unknown> = Object(objectIn(body));
  const operations = Array.isArray(object.operations) ? object.operations : [];
  const attached = operations.flatMap((operation) =>
    Object.values(Object(Object(operation).operationPolicies)).flatMap((policies) =>
      Array.isArray(policies) ? policies : [],
    ),
  );
  return [object, ...attached].flatMap((one) => Object.keys(Object(one)));
}

/** An API that comes with a file is JSON in a field of the form. */
function objectIn(body: unknown): unknown {
  const properties = (Object(body) as { additionalProperties?: unknown }).additionalProperties;
  if (typeof properties !== 'string') return body;
  try {
    return JSON.parse(properties);
  } catch {
    return body;
  }
}

function stripped(value: unknown, lacking: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => stripped(item, lacking));
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !lacking.includes(name))
      .map(([name, member]) => [name, stripped(member, lacking)]),
  );
}
