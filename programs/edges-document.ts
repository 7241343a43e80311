import { readFile, writeFile } from 'node:fs/promises';
import { type BrowserHost, everyEdgePath } from './hardening/edge-paths.ts';

/** The page of which `npm run docs` writes the tables of paths; a test compares it. */
export const edgesDocumentFile = new URL('../docs/edges.md', import.meta.url);

/** The page with its tables made anew from `hardening/edge-paths.ts`: each stands between two comments that name the host's setting. */
export function withPathTables(page: string): string {
  return (['identityHost', 'portalHost'] as const).reduce((text, host) => {
    const [begin, end] = [`<!-- paths of ${host}, made by npm run docs -->`, `<!-- end of ${host} -->`];
    return text.replace(new RegExp(`${begin}[^]*${end}`), () => `${begin}\n\n${pathTable(host)}\n\n${end}`);
  }, page);
}

function pathTable(host: BrowserHost): string {
  const rows = everyEdgePath
    .filter((path) => path.host === host)
    .map(({ path, beneath, since, why }) => {
      const from = since === undefined ? '' : ` (from ${since} on)`;
      return `| \`${path}\`${beneath ? ' and beneath' : ''} | ${why}${from} |`;
    });
  return ['| path | why |', '| --- | --- |', ...rows].join('\n');
}

/* node:coverage ignore next */
if (import.meta.main) await writeFile(edgesDocumentFile, withPathTables(await readFile(edgesDocumentFile, 'utf8')));
