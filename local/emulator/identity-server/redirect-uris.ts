import type { State } from '../state.ts';
import { applicationOf } from './application.ts';
import type { RegisteredClient } from './registered-client.ts';

const PREFIX = 'regexp=';

/** What the product keeps of several redirect URIs: one regular expression, in which a dot stays any character (7.1.0). */
export function storedCallback(redirectUris: readonly string[]): string {
  const [first = '', ...more] = redirectUris;
  return more.length === 0 ? first : `${PREFIX}(${redirectUris.map((uri) => uri.replace('?', '\\?')).join('|')})`;
}

/** The redirect URI of a client, or the expression for several. */
export const callbackOf = (state: State, client: RegisteredClient): string =>
  applicationOf(state, client.client_id).callback ?? storedCallback(client.redirect_uris);

/** Whether a code may go there: an expression is matched as a whole, anything else letter by letter. */
export function allowsRedirect(callback: string, uri: string): boolean {
  if (!callback.startsWith(PREFIX)) return callback === uri;
  return new RegExp(`^(?:${callback.slice(PREFIX.length)})$`).test(uri);
}
