import type { Element } from './definition.ts';
import { type Expression, toText } from './expression.ts';
import type { Message } from './message.ts';

const CONTENT_TYPES: Record<string, string> = { json: 'application/json', text: 'text/plain' };

/** Compiles `<payloadFactory>` for JSON and text: `$1` to `$9` in its format stand for its arguments. */
export function compilePayloadFactory(
  { attributes, children }: Element,
  expressionOf: (text: string) => Expression,
): (message: Message) => { body: string; contentType: string } {
  const mediaType = attributes['media-type'] ?? 'xml';
  const contentType = CONTENT_TYPES[mediaType];
  if (contentType === undefined) throw new Error(`the emulator does not make the media type ${mediaType}`);
  const format = children.find(({ name }) => name === 'format');
  if (format === undefined || format.children.length > 0) throw new Error('its <format> is not plain text');
  const args = (children.find(({ name }) => name === 'args')?.children ?? []).map((argument) => argumentOf(argument));

  return (message) => {
    const body = format.text.replace(/\$(\d)/g, (reference, index: string) => {
      const value = args[Number(index) - 1]?.(message);
      if (value === undefined) return reference;
      return mediaType === 'json' ? JSON.stringify(value).slice(1, -1) : value;
    });
    return { body, contentType };
  };

  function argumentOf({ attributes: { value, expression } }: Element): (message: Message) => string {
    if (expression === undefined) return () => value ?? '';
    const compiled = expressionOf(expression);
    return (message) => toText(compiled(message));
  }
}
