import type { Finding } from '../finding.ts';
import type { Judged } from './judged.ts';
import { readingOf } from './read-keys.ts';

/** References in a text, whose values are known to the running server only. */
const reference = /\$(?:env|ref|sys|secret)\{[^}]*\}/g;

/** Values that a rule of the product's own refuses: the server does not start. */
export function refusedValues({ configuration: { validators }, settings, effective }: Judged): Finding[] {
  return Object.entries(validators).flatMap(([mapped, rules]) => {
    const value = effective.get(mapped) ?? '';
    const key = settings.find((setting) => setting.mapped.includes(mapped))?.key;
    return rules
      .filter((rule) => Object.entries(rule.if ?? {}).every(([other, expected]) => effective.get(other) === expected))
      .flatMap(({ regex, error_message: message }): Finding[] => {
        if (typeof value !== 'string')
          return key === undefined ? [] : [{ key, message: 'must be a text: the server does not start' }];
        if (regex === undefined || value.match(reference) || javaRegex(regex).test(value)) return [];
        return [{ key: key ?? mapped, message: `is refused by the product: ${message ?? `it must match ${regex}`}` }];
      });
  });
}

/** A regular expression of Java's for the whole text. */
const javaRegex = (regex: string): RegExp => new RegExp(`^(?:${regex.replaceAll(/\\[AZz]/g, '')})$`);

/** Durations that are neither a number nor a number with a unit that the mapper knows. */
export function badDurations({ configuration: { units }, settings }: Judged): Finding[] {
  return settings
    .filter(({ mapped }) => mapped.some((key) => key in units.time))
    .filter(({ value }) => typeof value !== 'number' && !(typeof value === 'string' && isDuration(value)))
    .map(({ key }) => ({ key, message: 'is no duration: a number, or one with a unit, d, h, m, s or ms' }));
}

const isDuration = (text: string) => /^\d+(\.\d+)?\s*(d|h|m|s|ms)?$/.test(text) || text.match(reference) !== null;

/** Templates copy values into XML as they are: there these four end a text or an attribute, or begin something else. */
export function brokenXml({ configuration: { keys }, leaves }: Judged): Finding[] {
  return leaves
    .filter(({ paths }) =>
      paths.some((path) => readingOf(keys, path)?.templates.some((file) => /\.xml(\.j2)?$/.test(file))),
    )
    .flatMap(({ key, value }) => {
      const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
      const found = Object.keys(entities).filter((one) => texts.some((text) => breaks(text, one)));
      const instead = found.map((one) => `${one} as ${entities[one]}`).join(', ');
      return found.length > 0 ? [{ key, message: `goes into an XML file unescaped: write ${instead}` }] : [];
    });
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', "'": '&apos;', '"': '&quot;' };

const breaks = (text: string, character: string) =>
  text.replaceAll(/&(?:amp|lt|gt|apos|quot|#\d+|#x[\da-f]+);/gi, '').includes(character);
