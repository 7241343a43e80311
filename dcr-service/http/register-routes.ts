import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RegistrationContext } from '../registration/context.ts';
import { createRegistration } from '../registration/create-registration.ts';
import { until } from '../registration/deadline.ts';
import { registrationAnswer } from '../registration/registration-answer.ts';
import type { Rejected, Unavailable, Unknown } from '../registration/registration-error.ts';
import { removeRegistration } from '../registration/remove-registration.ts';
import { replaceRegistration } from '../registration/replace-registration.ts';
import type { ReadAccessToken } from './access-token.ts';
import { authorizeManagementCall, clientIdHeader, unknownClient } from './bearer-token.ts';
import { Problem, unsupportedMediaType } from './problem.ts';
import { recipientOf } from './recipients.ts';
import { deadlineOf } from './request-deadline.ts';

export interface RegisterRoutes {
  readonly registration: RegistrationContext;
  readonly readToken: ReadAccessToken;
}

interface OneClient {
  Params: { clientId: string };
}

function problemOf(result: Rejected | Unavailable | Unknown): Problem {
  switch (result.outcome) {
    case 'rejected':
      return new Problem(400, result.error, result.description);
    case 'unknown':
      return unknownClient();
    case 'unavailable':
      return result.reason === 'refused'
        ? new Problem(502, 'server_error', result.description)
        : new Problem(503, 'temporarily_unavailable', result.description, { 'retry-after': `${result.retryAfter}` });
  }
}

/**
 * POST /register and GET, PUT, DELETE /register/{ClientId}: CDS, "DCR APIs".
 *
 * @param app knows the recipient's certificate of every request ({@link knowRecipients}), and its deadline.
 */
export function registerRoutes(app: FastifyInstance, { registration, readToken }: RegisterRoutes): void {
  const authorized = (request: FastifyRequest<OneClient>): Promise<void> => {
    const call = {
      authorizations: request.raw.headersDistinct.authorization ?? [],
      gatewayClientIds: request.raw.headersDistinct[clientIdHeader] ?? [],
      pathClientId: request.params.clientId,
      certificate: recipientOf(request),
    };
    const explain = (detail: string) => request.log.warn({ detail }, 'a management call is refused');
    return until(deadlineOf(request), () => authorizeManagementCall(call, readToken, explain));
  };

  app.post('/register', async (request, reply) => {
    const { thumbprint } = recipientOf(request);
    const result = await createRegistration(bodyOf(request), thumbprint, registration, deadlineOf(request));
    if (result.outcome !== 'done') throw problemOf(result);
    return reply.code(201).send(registrationAnswer(result.registration));
  });

  app.get<OneClient>('/register/:clientId', async (request) => {
    await authorized(request);
    const found = await until(deadlineOf(request), () => registration.store.find(request.params.clientId));
    if (!found) throw unknownClient();
    return registrationAnswer(found);
  });

  app.put<OneClient>('/register/:clientId', async (request) => {
    await authorized(request);
    const { clientId } = request.params;
    const { thumbprint } = recipientOf(request);
    const deadline = deadlineOf(request);
    const result = await replaceRegistration(clientId, bodyOf(request), thumbprint, registration, deadline);
    if (result.outcome !== 'done') throw problemOf(result);
    return registrationAnswer(result.registration);
  });

  app.register(async (bodiless) => {
    // DELETE has no body, but HTTP clients and gateways send a media type all the same, even an invalid one.
    bodiless.addHook('onRequest', async ({ raw }) => {
      delete raw.headers['content-type'];
    });
    bodiless.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null));
    bodiless.delete<OneClient>('/register/:clientId', async (request, reply) => {
      await authorized(request);
      const by = { certificate: recipientOf(request).thumbprint };
      const result = await removeRegistration(request.params.clientId, by, registration, deadlineOf(request));
      if (result.outcome !== 'done') throw problemOf(result);
      return reply.code(204).send();
    });
  });
}

/** The JWT, as the parser of application/jwt has left it; a request without body and type meets no parser. */
function bodyOf({ body }: FastifyRequest): string {
  if (typeof body === 'string') return body;
  throw unsupportedMediaType();
}
