import { isAtLeast } from '../deployment-toml/stores.ts';

/** The setting of a host whose TLS ends at the edge, which serves browsers there and looks at paths. */
export type BrowserHost = 'identityHost' | 'portalHost';

/** A path that the edge lets through; every other one is 404 there. */
export interface EdgePath {
  host: BrowserHost;
  path: string;
  /** Whether all beneath it is let through as well. */
  beneath?: true;
  /** The first version of the server that has it; without it every one does. */
  since?: string;
  why: string;
}

const identity: Omit<EdgePath, 'host'>[] = [
  { path: '/oauth2/authorize', why: "a consumer's authorisation starts here, and the consent comes back here" },
  { path: '/commonauth', why: 'the log-in page sends its form here' },
  { path: '/logincontext', why: 'the log-in page asks whether its session still exists' },
  { path: '/authenticationendpoint', beneath: true, why: 'the pages for log-in, consent and errors, and their files' },
  { path: '/oidc/logout', why: 'the end of a session, which discovery names' },
  { path: '/oauth2/jwks', why: 'the keys that verify tokens, which discovery names' },
  { path: '/oauth2/token/.well-known/openid-configuration', why: 'the discovery document of the issuer' },
  { path: '/oauth2/oidcdiscovery/.well-known/openid-configuration', why: "the same document at WSO2's other address" },
];

const portals: Omit<EdgePath, 'host'>[] = [
  { path: '/publisher', beneath: true, why: 'the Publisher' },
  { path: '/devportal', beneath: true, why: 'the Developer Portal' },
  { path: '/admin', beneath: true, why: 'the Admin Portal' },
  { path: '/api/am/publisher', beneath: true, why: "the Publisher's REST API" },
  { path: '/api/am/service-catalog', beneath: true, why: "the Publisher's list of services" },
  { path: '/api/am/devportal', beneath: true, why: "the Developer Portal's REST API" },
  { path: '/api/am/admin', beneath: true, why: "the Admin Portal's REST API" },
  {
    path: '/api/am/governance',
    beneath: true,
    since: '4.5.0',
    why: 'governance, in the Publisher and the Admin Portal',
  },
  { path: '/oauth2/authorize', why: "the portals' log-in starts here" },
  { path: '/commonauth', why: 'the log-in page sends its form here' },
  { path: '/logincontext', why: 'the log-in page asks whether its session still exists' },
  { path: '/authenticationendpoint', beneath: true, why: 'the pages for log-in, consent and errors, and their files' },
  { path: '/oidc/checksession', why: 'the portals see in a frame whether the session still exists' },
  { path: '/oidc/logout', why: 'the end of a session' },
];

/** What the edge lets through, for every version of the servers. */
export const everyEdgePath: readonly EdgePath[] = [
  ...identity.map((path): EdgePath => ({ host: 'identityHost', ...path })),
  ...portals.map((path): EdgePath => ({ host: 'portalHost', ...path })),
];

/** What the edge lets through at a host. @param version of the server behind it, such as `7.3.0`. */
export function edgePaths(host: BrowserHost, version: string): EdgePath[] {
  return everyEdgePath.filter(
    (path) => path.host === host && (path.since === undefined || isAtLeast(version, path.since)),
  );
}

/**
 * Escapes other than those of a dot, a slash, a semicolon and of control characters: not every edge decodes paths, and Identity Server
 * 7.1.0 serves `/authenticationendpoint/%2e%2e/oauth2/jwks`.
 */
const harmlessEscape = '%(2[0-9A-Da-d]|3[0-9AC-Fac-f]|[4-9A-Fa-f][0-9A-Fa-f])';
/** A step of a path that does not begin with a dot, and has no parameters: Tomcat takes `..;` for `..`, edges do not. */
const segment = `/([^/;.%]|${harmlessEscape})([^/;%]|${harmlessEscape})*`;

/** A path with all that is let through of it, as a regular expression without anchors; RE2 and PCRE read it alike. */
export function patternOf({ path, beneath }: EdgePath): string {
  const literal = path.replaceAll('.', '[.]');
  return beneath ? `${literal}(${segment})*/?` : literal;
}
