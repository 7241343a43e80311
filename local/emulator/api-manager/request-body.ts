import type { FastifyRequest } from 'fastify';

/** The JSON that was sent, without members that are null: Jackson takes null for "not there", in every member. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}

/** A member of a form, multipart or not, as text; a part of type application/json has been parsed on its way here. */
export function formMember(request: FastifyRequest, name: string): string | undefined {
  const form = request.body;
  if (typeof form !== 'object' || form === null) return undefined;
  const member = (form as Record<string, unknown>)[name];
  if (member === undefined || member === null) return undefined;
  if (Buffer.isBuffer(member)) return member.toString('utf8');
  return typeof member === 'string' ? member : JSON.stringify(member);
}

/** A parameter of the query string; the first one where it was repeated. */
export function queryParameter(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, unknown>)[name];
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

/** A segment of the path. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
