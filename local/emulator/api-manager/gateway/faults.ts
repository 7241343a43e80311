import type { OutgoingHttpHeaders } from 'node:http';

/** An answer that the gateway gives by itself. */
export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: string;
}

/**
 * Why the gateway does not let a request through, in WSO2's words (carbon-apimgt: APISecurityConstants). All bodies are
 * JSON whatever the caller accepts: that is the default since API Manager 4.0. Codes are strings in them.
 */
export type AuthenticationFailure = {
  code: 900900 | 900901 | 900902 | 900907 | 900908 | 900909 | 900910;
  description: string;
};

const AUTHENTICATION_MESSAGES: Record<AuthenticationFailure['code'], string> = {
  900900: 'Unclassified Authentication Failure',
  900901: 'Invalid Credentials',
  900902: 'Missing Credentials',
  900907: 'The requested API is temporarily blocked',
  900908: 'Resource forbidden ',
  900909: 'The subscription to the API is inactive',
  900910: 'The access token does not allow you to access the requested resource',
};

/** The description of every refused token whose reason the product keeps to itself. */
export const INVALID_CREDENTIALS = 'Invalid Credentials. Make sure you have provided the correct security credentials';

/** APIAuthenticationHandler: 900900 is 500, 900908 and 900910 are 403, and all others are 401 with a challenge. */
export function authenticationFault({ code, description }: AuthenticationFailure): Answer {
  const fault = json({ code: String(code), message: AUTHENTICATION_MESSAGES[code], description });
  if (code === 900900) return { ...fault, status: 500 };
  if (code === 900908 || code === 900910) return { ...fault, status: 403 };
  return {
    ...fault,
    status: 401,
    headers: {
      ...fault.headers,
      // The product names an error even if no token was sent, and offers the internal API key to everybody.
      'www-authenticate':
        'Internal API Key realm="WSO2 API Manager", Bearer realm="WSO2 API Manager", error="invalid_token", error_description="The provided token is invalid"',
    },
  };
}

/** main.xml: no API has this context. */
export function noSuchApi(): Answer {
  return statusReport(404, '404', 'Not Found', 'The requested resource is not available.');
}

/** The kernel, before any API: a request for `/t/<domain>/` whose tenant it does not find. */
export function noSuchTenant(): Answer {
  return { status: 500, headers: {}, body: '' };
}

/** _resource_mismatch_handler_.xml: the API is there, the resource is not. */
export function noSuchResource(): Answer {
  return statusReport(404, '404', 'Runtime Error', 'No matching resource found for given API Request');
}

/** _resource_mismatch_handler_.xml: the resource is there, not for this verb. */
export function methodNotAllowed(): Answer {
  return statusReport(405, '405', 'Runtime Error', 'Method not allowed for given API resource');
}

/**
 * fault.xml: something broke on the way to the endpoint or back. 101503 and 101504 are Synapse's codes for a connection
 * that was not made or timed out, 101500 for one that broke while sending.
 */
export function runtimeError(code: number, description: string, status = 500): Answer {
  return statusReport(status, String(code), 'Runtime Error', description);
}

function statusReport(status: number, code: string, message: string, description: string): Answer {
  return { ...json({ code, type: 'Status report', message, description }), status };
}

function json(body: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(body) };
}
