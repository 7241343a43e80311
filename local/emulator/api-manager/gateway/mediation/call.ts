import type { Element } from './definition.ts';
import type { Message } from './message.ts';

/** How long API Manager 4.6.0 suspends an endpoint without suspension settings after one failure, in milliseconds. */
const SUSPENDED_MS = 30_000;

/**
 * Compiles `<call blocking="true">` in the one form that leaves the message itself alone: a GET with an inline source, whose answer becomes
 * a property. The endpoint gets the caller's headers, and its path and query behind the endpoint's own URL (4.6.0).
 *
 * @throws for every other form. Without `blocking` a GET of the caller hangs.
 */
export function compileCall({ attributes, children }: Element): (message: Message) => Promise<void> {
  const only = (name: string, of: Element[]) => of.find((child) => child.name === name);
  if (attributes.blocking !== 'true') throw new Error('it is not blocking, so a GET would hang');
  const http = only('http', only('endpoint', children)?.children ?? []);
  const url = http?.attributes['uri-template'];
  if (http?.attributes.method?.toUpperCase() !== 'GET' || url === undefined)
    throw new Error('its endpoint is not <http method="GET" uri-template="...">');
  if (only('source', children)?.attributes.type !== 'inline') throw new Error('its source is not inline');
  const target = only('target', children);
  if (target?.attributes.type !== 'property' || target.text === '') throw new Error('its target is no property');
  const duration = only('duration', only('timeout', http.children)?.children ?? [])?.text;
  const timeoutMs = duration === undefined ? undefined : Number(duration);
  const suspension = only('suspendOnFailure', http.children)?.children ?? [];
  const suspends = only('errorCodes', suspension)?.text !== '-1';
  let suspendedUntil = 0;

  return async (message) => {
    if (message.ask === undefined) throw new Error('there is no caller whose headers could be sent');
    if (Date.now() < suspendedUntil) throw new Error(`the endpoint ${url} is suspended after a failure`);
    try {
      message.properties.set(target.text, await message.ask(new URL(url), timeoutMs, message.headers));
    } catch (cause) {
      if (suspends) suspendedUntil = Date.now() + SUSPENDED_MS;
      throw cause;
    }
  };
}
