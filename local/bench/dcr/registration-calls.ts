const portal = '/api/am/devportal/v3';
const applications = '/api/server/v1/applications';

/** A call to another server. `:client` stands for the id of the client that the first call made, and of its application. */
export interface RegistrationCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

const post = (path: string): RegistrationCall => ({ method: 'POST', path });
const get = (path: string): RegistrationCall => ({ method: 'GET', path });

/**
 * The calls to other servers that a registration takes: the service makes them, and so does the bare loop. One after the other, but
 * what binds the client goes on beside the subscription, and of that the last two go on at once.
 */
export const registrationCalls = {
  client: post('/api/identity/oauth2/dcr/v1.1/register'),
  application: post(`${portal}/applications`),
  keys: post(`${portal}/applications/the-application/map-keys`),
  subscription: post(`${portal}/subscriptions`),
  /** Found by `?filter=clientId eq :client`. */
  clientApplication: get(applications),
  protocol: get(`${applications}/:client/inbound-protocols/oidc`),
  authorization: post(`${applications}/:client/authorized-apis`),
} as const;
