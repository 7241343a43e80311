/** What must not be shown, known to one transport; it replaces them in texts of the server. */
export interface KnownSecrets {
  add(secret: string): void;
  forget(secret: string): void;
  /** @param further secrets of this one request */
  redact(text: string, further?: readonly string[]): string;
}

const REDACTED = '[redacted]';
// Shorter ones would blank out words of every message and protect nothing.
const SHORTEST = 4;

export function knownSecrets(): KnownSecrets {
  const known = new Set<string>();
  return {
    add: (secret) => void known.add(secret),
    forget: (secret) => void known.delete(secret),
    redact(text, further = []) {
      const forms = [...known, ...further].filter((secret) => secret.length >= SHORTEST).flatMap(formsOf);
      let shown = text;
      for (const form of forms.sort((a, b) => b.length - a.length)) shown = shown.replaceAll(form, REDACTED);
      return shown;
    },
  };
}

/** As a secret would come back in plain text, in JSON, and in a query or form. */
function formsOf(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

/** How API Manager shows a secret; sent back so, the stored value is kept. */
export const MASK = '*****';

const SECRET_NAME = /passw(or)?d|secret|apikey|api_key|privatekey|private_key|^token$|accesstoken|access_token/i;

/** A copy in which every value whose name says that it is a secret reads `*****`, however deep: for diffs and output. */
export function maskSecrets<T>(value: T): T {
  return mask(value) as T;
}

/** The secrets in what is about to be sent, by the same rule: so that they can be kept out of messages. */
export function secretsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner !== 'string') return secretsIn(inner);
    return SECRET_NAME.test(name) && inner !== MASK ? [inner] : [];
  });
}

function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mask);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' && inner !== '' ? MASK : mask(inner),
    ]),
  );
}
