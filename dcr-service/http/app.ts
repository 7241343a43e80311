import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { correlationIdFor } from '../operations/correlation.ts';
import { oneLineEach } from '../operations/request-log.ts';
import { DeadlinePassed } from '../registration/deadline.ts';
import { StoreUnavailable } from '../store/registration-store.ts';
import { type GatewayListener, gatewayServer } from './gateway-listener.ts';
import { notNow, Problem, unsupportedMediaType } from './problem.ts';
import { gatePath, gonePath, type RecipientGate, recipientGate } from './recipient-gate.ts';
import { knowRecipients, type Recipients } from './recipients.ts';
import { readToItsEnd } from './refused-body.ts';
import { type RegisterRoutes, registerRoutes } from './register-routes.ts';
import { keepDeadlines } from './request-deadline.ts';

/** A request with its software statement has about 7 kB. */
const bodyLimit = 64 * 1024;

const allowedMethods = [
  { path: /^\/register$/, methods: ['POST'] },
  { path: /^\/register\/[^/]+$/, methods: ['GET', 'PUT', 'DELETE'] },
  { path: /^\/openapi\.yaml$/, methods: ['GET'] },
  { path: new RegExp(`^(${gatePath}|${gonePath})$`), methods: ['GET'] },
];

const gate = new RegExp(`^(${gatePath}|${gonePath})(?:[/?]|$)`);

export interface RegistrationApp extends RegisterRoutes, Pick<RecipientGate, 'standingOf'> {
  readonly listener: GatewayListener;
  readonly logger: Logger;
  readonly recipients: Recipients;
  /** The API's own definition, served unchanged. */
  readonly openApi: string;
}

/** Two readers may take different ones of them; Node takes the first and drops the others. */
async function refuseAmbiguous({ raw }: FastifyRequest): Promise<void> {
  const ambiguous = ['host', 'content-type'].find((name) => (raw.headersDistinct[name]?.length ?? 0) > 1);
  if (ambiguous) throw new Problem(400, 'invalid_request', `The header ${ambiguous} must come once.`);
}

/** Resources and methods are judged before bodies: PATCH with JSON is 405, not 415. */
async function refuseOtherMethods({ url, method, is404 }: FastifyRequest): Promise<void> {
  const path = url.split('?', 1)[0] ?? '';
  const resource = allowedMethods.find((candidate) => candidate.path.test(path));
  if (resource && !resource.methods.includes(method)) {
    const allow = resource.methods.join(', ');
    throw new Problem(405, 'method_not_allowed', `This resource supports ${allow}.`, { allow });
  }
  if (is404) throw new Problem(404, 'not_found', 'There is no such resource.');
}

export function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DeadlinePassed)
    return notNow('A server that is needed to check the request did not answer in time. Nothing was changed.');
  if (error instanceof StoreUnavailable) {
    request.log.error({ err: error }, 'the registration store cannot be used');
    return new Problem(
      503,
      'temporarily_unavailable',
      'The registration store is not available; send the request again.',
      { 'retry-after': '5' },
    );
  }
  const { statusCode: status = 500, code } = error as Partial<FastifyError>;
  if (status === 415 || code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType();
  if (status === 413) return new Problem(413, 'request_too_large', `The body must not exceed ${bodyLimit} bytes.`);
  if (status >= 400 && status < 500)
    return new Problem(status, 'invalid_request', STATUS_CODES[status] ?? 'The request is malformed.');
  request.log.error({ err: error }, 'a request failed unexpectedly');
  return new Problem(500, 'server_error', 'The request could not be processed.');
}

function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request);
  const { status, error: code, message } = problem;
  request.log[status >= 500 ? 'error' : 'info']({ status, error: code, reason: message }, 'a request is refused');
  return reply.code(status).headers(problem.headers).send({ error: code, error_description: message });
}

/** What is no HTTP is answered here, before there is a request; then the connection ends, whatever else is on it. */
function answerMalformed(error: { code?: string }, socket: Socket): void {
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  // Without a handshake nothing can be said, and waiting until it can be would keep the connection open.
  const isMute = ['ECONNRESET', 'ERR_TLS_HANDSHAKE_TIMEOUT'].includes(error.code ?? '');
  if (!socket.writable || isMute) return void socket.destroy();
  const body = JSON.stringify({ error: 'invalid_request', error_description: `${STATUS_CODES[status]}.` });
  const headers = ['content-type: application/json', 'cache-control: no-store', 'connection: close'];
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, `content-length: ${body.length}`];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The HTTP face of the service. Nothing but the gateway gets through its TLS. */
export function buildApp({
  listener,
  logger,
  openApi,
  registration,
  readToken,
  recipients,
  standingOf,
}: RegistrationApp): FastifyInstance {
  const app = Fastify({
    serverFactory: (handler) => gatewayServer(listener, logger, handler),
    loggerInstance: logger as FastifyBaseLogger,
    logController: oneLineEach(),
    genReqId: correlationIdFor,
    bodyLimit,
    frameworkErrors: answerProblem,
    clientErrorHandler: answerMalformed,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // The gateway adds path and query of the call that it asks about, which the decision does not depend on.
    rewriteUrl: ({ url = '/' }) => gate.exec(url)?.[1] ?? url,
    routerOptions: { maxParamLength: 200 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler(answerProblem);
  app.addHook('onRequest', refuseAmbiguous);
  app.addHook('onRequest', refuseOtherMethods);
  app.addHook('onSend', async ({ raw }, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    if (!(await readToItsEnd(raw, listener.requestTimeoutMs / 4))) reply.header('connection', 'close');
  });
  app.register(async (register) => {
    keepDeadlines(register, registration.deadlineMs);
    await knowRecipients(register, recipients);
    registerRoutes(register, { registration, readToken });
  });
  app.register(async (gateway) => {
    const { find } = registration.store;
    recipientGate(gateway, { ...recipients, find, standingOf, readToken, problemOf });
  });
  app.get('/openapi.yaml', async (_request, reply) => reply.type('application/yaml').send(openApi));
  return app;
}
