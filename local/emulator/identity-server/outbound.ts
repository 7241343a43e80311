import { Agent } from 'node:https';
import axios from 'axios';

/** What oidc-provider and jose need of a fetch: a GET whose answer is read whole. */
export type OutboundFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Fetches with the truststore's certificates as the only trust there is, so that a jwks_uri behind a CA that the
 * server does not know fails here as it does with the product. Unlike oidc-provider's own fetch, and like the product,
 * it has nothing against private addresses.
 */
export function createOutboundFetch(
  trusted: string[],
  { timeoutMs = 2500 }: { timeoutMs?: number } = {},
): OutboundFetch {
  const httpsAgent = new Agent({ ca: trusted, allowPartialTrustChain: true });
  return async (input, init) => {
    const answer = await axios.request<ArrayBuffer>({
      url: input instanceof Request ? input.url : input.toString(),
      method: init?.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init?.headers)),
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      responseType: 'arraybuffer',
      timeout: timeoutMs,
      validateStatus: () => true,
      ...(init?.signal ? { signal: init.signal } : {}),
    });
    const contentType = String(answer.headers['content-type'] ?? 'application/octet-stream');
    const cacheControl = answer.headers['cache-control'];
    return new Response(answer.data, {
      status: answer.status,
      headers: {
        'content-type': contentType,
        ...(cacheControl === undefined ? {} : { 'cache-control': String(cacheControl) }),
      },
    });
  };
}
