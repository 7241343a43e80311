import type { FastifyInstance } from 'fastify';
import { badRequest } from './errors.ts';

/** Bodies of the REST APIs as a version has them that lacks some members: refused when sent, absent from what is answered. */
export function withoutMembers(app: FastifyInstance, lacking: readonly string[]): void {
  if (lacking.length === 0) return;
  const concerned = (url: string) => url.startsWith('/api/am/publisher/') || url.startsWith('/api/am/admin/');
  app.addHook('preHandler', async ({ url, body }) => {
    const sent = concerned(url)
      ? Object.keys(Object(objectIn(body))).find((name) => lacking.includes(name))
      : undefined;
    if (sent !== undefined) throw badRequest(`Error while parsing: Unrecognized field "${sent}"`);
  });
  // Before the answer is written, so that whoever judges it sees what a caller does.
  app.addHook('preSerialization', async ({ url }, _reply, payload) =>
    concerned(url) ? stripped(payload, lacking) : payload,
  );
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
