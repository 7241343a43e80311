import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Agent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { checkToken, type TokenChecking } from './access-token.ts';
import type { Handler } from './api-template.ts';
import { askEndpoint } from './ask-endpoint.ts';
import { type CertificateForwarding, callerCertificate, forwardCertificate } from './client-certificate.ts';
import type { openFailureSequences } from './failure-sequences.ts';
import {
  type Answer,
  authenticationFault,
  methodNotAllowed,
  noSuchApi,
  noSuchResource,
  noSuchTenant,
  runtimeError,
} from './faults.ts';
import { certificateOfConnection } from './listener.ts';
import { type Message, newMessage } from './mediation/message.ts';
import { runPolicies, UnknownMediationError } from './mediation/policy.ts';
import { BodyTooLongError, EndpointError, sendToEndpoint } from './proxy.ts';
import { type Route, route } from './routing.ts';
import type { DeployedApi, DeployedOperation, GatewayRuntime } from './runtime.ts';
import { removeHopByHop, transportHeadersOf } from './transport-headers.ts';

/** What the gateway was started with, the same for all requests. */
export interface Gateway {
  runtime: GatewayRuntime;
  handlers: Handler[];
  forwarding: CertificateForwarding;
  tokens: TokenChecking;
  /** `[apim.oauth_config] enable_outbound_auth_header`: whether the endpoint sees the caller's token. */
  outboundAuthorization: boolean;
  /** Finishes an answer of the gateway's own. */
  finished: ReturnType<typeof openFailureSequences>;
  missingBuilder: (request: IncomingMessage) => string | undefined;
  agent: Agent;
  logger: Logger;
}

/** Answers one request, from an endpoint or by itself. */
export async function answer(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query] = splitUrl(request.url ?? '/');
  const found = route(gateway.runtime.apis(), request.method ?? 'GET', path);
  const message = newMessage(transportHeadersOf(request));
  if (found.kind === 'no-api') return send(response, await gateway.finished('main', noSuchApi(), message));
  if (found.kind !== 'operation') return send(response, unrouted(found.kind));

  const { api, operation, resource } = found;
  // Set by Synapse before any handler runs: it ends with the API's name, and perhaps its version (asked of 4.6.0).
  message.properties.set('SYNAPSE_REST_API', `admin--${api.name}:v${api.version}`);
  message.ask = askEndpoint(gateway.agent, `${resource === '/' ? '' : resource}${query}`);
  try {
    const own = await handle(gateway, { api, operation, request, message });
    if (own === 'answered') return await sendBack(message, request, response);
    if (own !== 'forward') return send(response, own);
    if (api.endpointUrl === undefined) {
      const answer = runtimeError(101503, 'Error connecting to the back end');
      return send(response, await gateway.finished('fault', answer, message));
    }
    const endpoint = new URL(api.endpointUrl);
    const below = `${endpoint.pathname.replace(/\/$/, '')}${resource === '/' ? '' : resource}` || '/';
    const body = message.payload?.body ?? request;
    const answered = await sendToEndpoint(
      endpoint,
      { method: request.method ?? 'GET', path: `${below}${query}`, headers: message.headers, body },
      gateway.agent,
    );
    await passBack(operation, answered, response);
  } catch (cause) {
    if (response.headersSent) return void response.destroy(cause as Error);
    await fail(gateway, { api, operation, request, message, response }, cause);
  }
}

interface Exchange {
  api: DeployedApi;
  operation: DeployedOperation;
  request: IncomingMessage;
  message: Message;
}

/** Runs the handlers in the template's order; the policies belong to the standard ones, after authentication. */
async function handle(gateway: Gateway, exchange: Exchange): Promise<Answer | 'forward' | 'answered'> {
  const { request, message } = exchange;
  const certificate = () =>
    callerCertificate(gateway.forwarding, certificateOfConnection(request.socket as TLSSocket), message.headers);

  for (const handler of gateway.handlers) {
    if (handler === 'mutual-ssl-certificate') forwardCertificate(gateway.forwarding, certificate(), message.headers);
    else {
      const own = await authenticateAndMediate(gateway, exchange, certificate());
      if (own !== 'forward') return own;
    }
  }
  const missing = gateway.missingBuilder(request);
  if (missing === undefined) return 'forward';
  gateway.logger.error({ api: exchange.api.name }, missing);
  // 601000 is what a body that cannot be built ends with (api-manager issue 2267); its description is ours [I].
  return gateway.finished('fault', runtimeError(601000, missing), message);
}

async function authenticateAndMediate(
  gateway: Gateway,
  { api, operation, message }: Exchange,
  certificate: ReturnType<typeof callerCertificate>,
): Promise<Answer | 'forward' | 'answered'> {
  const authorization = message.headers.get('authorization');
  // OAuthAuthenticator takes the header away before it looks whether the resource asks for a token at all.
  if (!gateway.outboundAuthorization) message.headers.remove('authorization');
  const checked = await checkToken(gateway.tokens, { api, operation, authorization, certificate });
  if ('failure' in checked) {
    const { failure } = checked;
    return gateway.finished('_auth_failure_handler_', authenticationFault(failure), message, failure.code);
  }

  const { consumerKey, applicationId } = checked.caller;
  if (consumerKey !== undefined) message.properties.set('api.ut.consumerKey', consumerKey);
  if (applicationId !== undefined) message.properties.set('api.ut.application.id', applicationId);
  const outcome = await runPolicies(operation.request, message);
  if (outcome === 'drop') return { status: 202, headers: {}, body: '' };
  return outcome === 'respond' ? 'answered' : 'forward';
}

/**
 * `<respond/>`: the message itself goes back. Its headers are still those of the request unless a policy took them
 * away, and so is its body unless a policy made another [I: Axis2 sends the TRANSPORT_HEADERS that it finds].
 */
async function sendBack(message: Message, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers, axis2, payload } = message;
  const contentType = axis2.get('messageType') ?? payload?.contentType ?? headers.get('content-type');
  for (const ofRequest of ['host', 'content-length', 'expect']) headers.remove(ofRequest);
  removeHopByHop(headers);
  if (contentType !== undefined) headers.set('Content-Type', contentType);
  const status = Number(axis2.get('HTTP_SC') ?? 200);
  const known = STATUS_CODES[status] === undefined ? 500 : status;
  const body = axis2.get('NO_ENTITY_BODY') === 'true' ? '' : payload?.body;
  if (body !== undefined) return send(response, { status: known, headers: headers.toHttp(), body });
  response.writeHead(known, headers.toHttp());
  await pipeline(request, response);
}

/** The endpoint's answer, through the operation's response policies. */
async function passBack(operation: DeployedOperation, answered: IncomingMessage, response: ServerResponse) {
  const message = newMessage(transportHeadersOf(answered));
  removeHopByHop(message.headers);
  message.axis2.set('HTTP_SC', String(answered.statusCode));
  await runPolicies(operation.response, message);
  const status = Number(message.axis2.get('HTTP_SC'));
  if (message.payload !== undefined) {
    message.headers.remove('content-length');
    message.headers.set('Content-Type', message.payload.contentType);
    answered.resume();
    return send(response, { status, headers: message.headers.toHttp(), body: message.payload.body });
  }
  response.writeHead(status, message.headers.toHttp());
  await pipeline(answered, response);
}

/** fault.xml, after the operation's own fault policies; the cause goes to the log only, because a host name could disclose too much. */
async function fail(
  { logger, finished }: Gateway,
  { api, operation, request, message, response }: Exchange & { response: ServerResponse },
  cause: unknown,
): Promise<void> {
  request.resume();
  logger.error({ api: api.name, operation: `${operation.verb} ${operation.target}`, cause: String(cause) }, 'fault');
  const faulty = async (answer: Answer) => send(response, await finished('fault', answer, message));
  if (cause instanceof BodyTooLongError) return faulty(runtimeError(101500, cause.message, 413));
  // A real gateway would not even deploy an API with a mediator that it does not know.
  if (cause instanceof UnknownMediationError) return faulty(runtimeError(601000, cause.message));
  const { code, description } =
    cause instanceof EndpointError ? cause : { code: 601000, description: 'Unexpected error in the emulated gateway' };
  message.properties.set('ERROR_CODE', String(code));
  message.properties.set('ERROR_MESSAGE', description);
  if ((await runPolicies(operation.fault, message)) === 'respond' && message.payload !== undefined) {
    return sendBack(message, request, response);
  }
  await faulty(runtimeError(code, description));
}

function unrouted(kind: Exclude<Route['kind'], 'operation' | 'no-api'>): Answer {
  if (kind === 'no-tenant') return noSuchTenant();
  return kind === 'no-resource' ? noSuchResource() : methodNotAllowed();
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function splitUrl(url: string): [path: string, query: string] {
  const start = url.indexOf('?');
  return start === -1 ? [url, ''] : [url.slice(0, start), url.slice(start)];
}
