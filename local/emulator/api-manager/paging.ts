import type { FastifyRequest } from 'fastify';
import { queryParameter } from './request-body.ts';

/** A list as the REST APIs page it: `limit` (default: 25) from `offset` on. */
export function page<T>(request: FastifyRequest, all: readonly T[]) {
  const limit = Number(queryParameter(request, 'limit') ?? 25);
  const offset = Number(queryParameter(request, 'offset') ?? 0);
  const list = all.slice(offset, offset + limit);
  const at = (start: number) => (start < 0 || start >= all.length ? '' : `?limit=${limit}&offset=${start}`);
  return {
    count: list.length,
    list,
    pagination: { offset, limit, total: all.length, next: at(offset + limit), previous: at(offset - limit) },
  };
}
