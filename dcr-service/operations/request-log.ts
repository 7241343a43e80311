import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** One line for each request, when it is over: Fastify's own two would be a good part of what a request costs. */
export function oneLineEach(): LogController {
  const line = { incomingRequest: () => {}, requestCompleted };
  return Object.assign(new LogController(), line);
}

function requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
  const { method, url, log } = request;
  // Without its query, in which a caller may have put an access token (RFC 6750, section 2.3).
  const [path] = url.split('?', 1);
  const what = { method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
  if (error) log.error({ ...what, err: error }, 'an answer could not be sent');
  else log.info(what, 'a request was answered');
}
