import type { FastifyRequest } from 'fastify';
import { isOwnApplication } from '../own-application.ts';
import type { User, UserStore } from '../user-store.ts';
import { basicCredentials } from './basic-credentials.ts';
import { clientCertificate } from './listener.ts';
import type { IdentityServerSettings } from './settings.ts';

/** Who a management call is from, as the product's authentication handlers take it. */
export type Caller =
  | { kind: 'user'; user: User }
  /** The scopes of a bearer token. */
  | { kind: 'token'; scopes: readonly string[] }
  /** A certificate without a user: nothing is asked of permissions then. */
  | { kind: 'certificate' }
  /** The application of the server's own pages. */
  | { kind: 'application' }
  /** `unasked`: there is nothing that a handler would look at. */
  | { kind: 'nobody'; unasked: boolean };

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

export interface Proofs {
  users: UserStore;
  /** The scopes of a token that is active now and bound to the caller's certificate. */
  scopesOf(token: string, request: FastifyRequest): Promise<readonly string[] | undefined>;
  doors: IdentityServerSettings['doors'];
}

/**
 * The handlers in the product's order: the first that finds what it looks at decides alone. A client certificate comes first where its
 * handler is on (ClientCertificateBasedAuthenticationHandler), regardless of other credentials; then a header names the user.
 */
export function authentication({ users, scopesOf, doors }: Proofs): Authenticate {
  const failed: Caller = { kind: 'nobody', unasked: false };
  return async (request) => {
    const { authorization = '', 'wso2-identity-user': named } = request.headers;
    if (doors.certificateOpens && clientCertificate(request.raw) !== undefined) {
      if (named === undefined || named === '') return { kind: 'certificate' };
      const user = users.find(String(named));
      return user ? { kind: 'user', user } : { kind: 'token', scopes: [] };
    }
    const [scheme = '', credential = ''] = authorization.split(' ');
    switch (scheme.toLowerCase()) {
      case 'basic': {
        const given = basicCredentials(authorization);
        const user = given && users.verify(given.username, given.password);
        return user ? { kind: 'user', user } : failed;
      }
      case 'bearer': {
        const scopes = await scopesOf(credential, request);
        return scopes ? { kind: 'token', scopes } : failed;
      }
      case 'client':
        return isOwnApplication(authorization, doors.application) ? { kind: 'application' } : failed;
      default:
        return { kind: 'nobody', unasked: true };
    }
  };
}
