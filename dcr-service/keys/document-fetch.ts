import { lookup as dnsLookup } from 'node:dns';
import type { Agent as ClearAgent } from 'node:http';
import type { Agent } from 'node:https';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import axios, { AxiosError } from 'axios';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

/** Why a document cannot be had: the rest of a sentence, fit for the caller's eyes. */
export class DocumentUnavailable extends Error {
  override readonly name = 'DocumentUnavailable';
}

/** Fetches and parses a JSON document. Rejects with {@link DocumentUnavailable} and nothing else. */
export type DocumentFetch = (url: string) => Promise<unknown>;

/** Fetches the raw bytes of a document. Rejects only with {@link DocumentUnavailable}. */
export type ContentFetch = (url: string) => Promise<Buffer>;

export interface FetchLimits {
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Of the content, unpacked. */
  readonly maxBytes: number;
}

/** How to connect. Without `inTheClear` there is no http. */
export interface Agents {
  readonly https: Agent;
  readonly inTheClear?: ClearAgent;
}

// ipaddr.js takes ::7f00:1 for a public address, although it is a way to write ::127.0.0.1 (RFC 4291, section 2.5.5.1).
const compatible = new BlockList();
compatible.addSubnet('::', 96, 'ipv6');
const holdsIpv4 = (address: string) => isIPv6(address) && address !== '::1' && compatible.check(address, 'ipv6');

/** @param lookup `dns.lookup`, or a test's. */
function refusingCompatible(lookup: LookupFunction): LookupFunction {
  return (name, options, done) =>
    lookup(name, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      if (error || !addresses.some(holdsIpv4)) return done(error, found, family);
      done(new Error(`DNS lookup ${name} is not allowed. Because, It is an IPv4-compatible address.`), [], 6);
    });
}

function filterFor(allowedAddresses: readonly string[], lookup: LookupFunction = dnsLookup) {
  // A network of one address is given as the address: request-filtering-agent warns about networks of the other
  // family, and so meets those last.
  const allowed = allowedAddresses.map((address) => address.replace(/(?<=^[\d.]+)\/32$|(?<=:.*)\/128$/, ''));
  return {
    keepAlive: true,
    lookup: refusingCompatible(lookup),
    allowIPAddressList: allowed.toSorted((a, b) => Number(a.includes('/')) - Number(b.includes('/'))),
  };
}

/**
 * An agent that looks at the address it is about to connect to, so that no name, however it resolves, leads into our
 * own network: private, loopback, link-local and unique-local addresses, and those that hold an IPv4 address (mapped,
 * NAT64, 6to4, Teredo), are refused unless they are allowed.
 */
export function publicAddressesOnly(ca: string[], allowedAddresses: readonly string[], lookup?: LookupFunction): Agent {
  // The context is made once: reading the system's roots again for every connection takes longer than a handshake.
  const secureContext = createSecureContext({ ca });
  return new RequestFilteringHttpsAgent({ secureContext, ...filterFor(allowedAddresses, lookup) });
}

/** The same for http, for what carries its own signature: revocation lists are published so (RFC 5280, section 8). */
export function publicAddressesInTheClear(allowedAddresses: readonly string[]): ClearAgent {
  return new RequestFilteringHttpAgent(filterFor(allowedAddresses));
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

interface Wanted {
  /** For the request header. */
  readonly accept: string;
  /** Whether an answer of this media type (without parameters, in lower case) may be what is wanted. */
  readonly isAcceptable: (mediaType: string) => boolean;
}

/**
 * A fetch for documents at places that others name: bounded in time and size, no redirect to another host, no proxy (it
 * would connect in our place and see none of this).
 */
export function createContentFetch(
  { https, inTheClear }: Agents,
  { timeoutMs, maxBytes }: FetchLimits,
  { accept, isAcceptable }: Wanted,
): ContentFetch {
  const protocols = inTheClear ? ['https:', 'http:'] : ['https:'];
  return async (url) => {
    const wanted = URL.parse(url);
    if (!wanted || !protocols.includes(wanted.protocol)) {
      throw new DocumentUnavailable(inTheClear ? 'it is not an http or https URI' : 'it is not an https URI');
    }
    if (holdsIpv4(wanted.hostname.replaceAll(/[[\]]/g, '')))
      throw new DocumentUnavailable('its address is private or otherwise not allowed');
    try {
      const { data, headers } = await axios.get<Buffer>(url, {
        httpsAgent: https,
        httpAgent: inTheClear,
        proxy: false,
        timeout: timeoutMs,
        signal: AbortSignal.timeout(timeoutMs),
        maxContentLength: maxBytes,
        maxRedirects: 2,
        beforeRedirect: ({ href }: { href?: string }) => {
          if (URL.parse(href ?? '')?.origin !== wanted.origin)
            throw new DocumentUnavailable('it redirects to another host');
        },
        responseType: 'arraybuffer',
        validateStatus: (status) => status === 200,
        headers: { accept },
      });
      const type = headers['content-type'];
      const mediaType = typeof type === 'string' ? (type.split(';', 1)[0] ?? '').trim().toLowerCase() : '';
      if (mediaType !== '' && !isAcceptable(mediaType)) throw new DocumentUnavailable(`its answer is ${mediaType}`);
      return data;
    } catch (error) {
      throw new DocumentUnavailable(reasonOf(error), { cause: error });
    }
  };
}

// Plain web servers and object stores publish JSON under these as well; a page of HTML is an error page, a login, or a captive portal.
const plainTypes = ['text/plain', 'application/octet-stream', 'binary/octet-stream'];
const isJsonType = (type: string) => /^[^/]+\/([^/]+\+)?json$/.test(type) || plainTypes.includes(type);

// Takes a byte-order mark away, which readers may ignore (RFC 8259, section 8.1).
const utf8 = new TextDecoder();

/** The same, over https only, for JSON. */
export function createDocumentFetch(agent: Agent, limits: FetchLimits): DocumentFetch {
  const fetchContent = createContentFetch({ https: agent }, limits, {
    accept: 'application/json',
    isAcceptable: isJsonType,
  });
  return async (url) => {
    const content = await fetchContent(url);
    try {
      return JSON.parse(utf8.decode(content)) as unknown;
    } catch {
      throw new DocumentUnavailable('its answer is not JSON');
    }
  };
}
