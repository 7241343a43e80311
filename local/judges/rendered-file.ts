import { extname } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { parse } from 'smol-toml';

/** Why a file that a server renders cannot be read as what its name says; undefined when it can. */
export function faultIn(path: string, text: string): string | undefined {
  const judge = judges[extname(path)];
  if (!judge) return 'has a name of which it is not known how to read it';
  try {
    return judge(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const judges: Readonly<Record<string, (text: string) => string | undefined>> = {
  '.xml': (text) => {
    const verdict = XMLValidator.validate(text);
    return verdict === true ? undefined : `line ${verdict.err.line}: ${verdict.err.msg}`;
  },
  '.json': (text) => void JSON.parse(text),
  '.toml': (text) => void parse(text),
  '.properties': brokenProperties,
};

/** Java reads nearly everything as properties; what it refuses, and a line that names nothing, is broken. */
function brokenProperties(text: string): string | undefined {
  const lines = text.replaceAll(/\\\r?\n[ \t]*/g, '').split(/\r?\n/);
  const broken = lines.findIndex((line) => /^\s*[=:]/.test(line) || /(^|[^\\])(\\\\)*\\u(?![\da-fA-F]{4})/.test(line));
  return broken < 0 ? undefined : `line ${broken + 1} is no property`;
}
