import type { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import axios, { AxiosError } from 'axios';
import { RequestFilteringHttpsAgent } from 'request-filtering-agent';

/** Why a document cannot be had: the rest of a sentence, fit for the caller's eyes. */
export class DocumentUnavailable extends Error {
  override readonly name = 'DocumentUnavailable';
}

/** Fetches and parses a JSON document. Rejects with {@link DocumentUnavailable} and nothing else. */
export type DocumentFetch = (url: string) => Promise<unknown>;

export interface FetchLimits {
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * An agent that looks at the address it is about to connect to, so that no name, however it resolves, leads into our
 * own network.
 */
export function publicAddressesOnly(ca: string[], allowedAddresses: readonly string[]): Agent {
  // A network of one address is given as the address: request-filtering-agent warns about networks of the other
  // family, and so meets those last.
  const allowed = allowedAddresses.map((address) => address.replace(/(?<=^[\d.]+)\/32$|(?<=:.*)\/128$/, ''));
  const networksLast = allowed.toSorted((a, b) => Number(a.includes('/')) - Number(b.includes('/')));
  // The context is made once: reading the system's roots again for every connection takes longer than a handshake.
  const secureContext = createSecureContext({ ca });
  return new RequestFilteringHttpsAgent({ secureContext, keepAlive: true, allowIPAddressList: networksLast });
}

function reasonOf(error: unknown): string {
  // What we throw at a redirect comes back wrapped, twice.
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DocumentUnavailable) return cause.message;
  }
  if (!(error instanceof AxiosError)) return 'it cannot be fetched';
  if (error.response) return `it answered ${error.response.status} where 200 was expected`;
  if (error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT' || error.code === 'ERR_CANCELED')
    return 'it did not answer in time';
  if (/is not allowed\. Because/.test(error.message)) return 'its address is private or otherwise not allowed';
  if (/maxContentLength/.test(error.message)) return 'its answer is too large';
  if (/certificate|self-signed|altnames/i.test(error.message)) return 'its TLS certificate is not trusted';
  return `the connection failed (${error.code ?? 'no code'})`;
}

/**
 * A fetch for JSON documents at places that others name: https only, bounded in time and size, no redirect to another
 * host, no proxy (it would connect in our place and see none of this).
 */
export function createDocumentFetch(agent: Agent, { timeoutMs, maxBytes }: FetchLimits): DocumentFetch {
  return async (url) => {
    const wanted = URL.parse(url);
    if (wanted?.protocol !== 'https:') throw new DocumentUnavailable('it is not an https URI');
    try {
      const { data } = await axios.get<string>(url, {
        httpsAgent: agent,
        proxy: false,
        timeout: timeoutMs,
        signal: AbortSignal.timeout(timeoutMs),
        maxContentLength: maxBytes,
        maxRedirects: 2,
        beforeRedirect: ({ href }: { href?: string }) => {
          if (URL.parse(href ?? '')?.origin !== wanted.origin)
            throw new DocumentUnavailable('it redirects to another host');
        },
        responseType: 'text',
        transformResponse: (body: string) => body,
        validateStatus: (status) => status === 200,
        headers: { accept: 'application/json' },
      });
      return JSON.parse(data) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) throw new DocumentUnavailable('its answer is not JSON');
      throw new DocumentUnavailable(reasonOf(error), { cause: error });
    }
  };
}
