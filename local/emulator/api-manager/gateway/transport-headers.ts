import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** HTTP headers as Synapse keeps them in its `transport` scope: by name in any case, in the case they came in. */
export interface TransportHeaders {
  /** All values of a header, joined as HTTP allows. */
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  remove(name: string): void;
  clear(): void;
  toHttp(): OutgoingHttpHeaders;
}

/** The headers of a message as it came, repeated ones included. */
export function transportHeadersOf(message: Pick<IncomingMessage, 'rawHeaders'>): TransportHeaders {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index] ?? '';
    const known = headers.get(name.toLowerCase());
    const value = message.rawHeaders[index + 1] ?? '';
    if (known) known.values.push(value);
    else headers.set(name.toLowerCase(), { name, values: [value] });
  }
  return {
    get: (name) => headers.get(name.toLowerCase())?.values.join(', '),
    set: (name, value) => void headers.set(name.toLowerCase(), { name, values: [value] }),
    remove: (name) => void headers.delete(name.toLowerCase()),
    clear: () => headers.clear(),
    toHttp: () => Object.fromEntries([...headers.values()].map(({ name, values }) => [name, oneOrMore(values)])),
  };
}

/** RFC 9110, 7.6.1: these belong to one connection, as does every header that `Connection` names. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
];

/** Takes away what must not be passed on from one connection to another. */
export function removeHopByHop(headers: TransportHeaders): void {
  const named = headers.get('connection')?.split(',') ?? [];
  for (const name of [...named, ...HOP_BY_HOP]) headers.remove(name.trim());
}

function oneOrMore(values: string[]): string | string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
