import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOneOf, type Product } from '../verification/version.ts';
import { apiManagerPaths } from './api-manager-paths.ts';
import { isBelow } from './exposed-path.ts';
import { identityServerPaths } from './identity-server-paths.ts';

/** What a home deploys, as paths: its web applications, and the SOAP services that are archives. */
export function deployedIn(home: string): string[] {
  const server = join(home, 'repository', 'deployment', 'server');
  const entries = (folder: string) => (existsSync(join(server, folder)) ? readdirSync(join(server, folder)) : []);
  const applications = entries('webapps')
    .filter((name) => !name.endsWith('.json'))
    .map((name) => `/${name.replace(/\.war$/, '').replaceAll('#', '/')}`);
  const services = entries('axis2services').flatMap((name) => /^(.+)\.aar$/.exec(name)?.[1] ?? []);
  return [...applications, ...services.map(serviceOfArchive)];
}

/** What a server's log says that it has deployed, as paths. */
export function deployedByLog(log: string): string[] {
  const contexts = [...log.matchAll(/Deployed webapp: \S*StandardContext\[([^\]]+)\]/g)].map(([, path = '']) => path);
  const services = [...log.matchAll(/Deploying Axis2 service: (\S+)/g)].map(([, name = '']) => `/services/${name}`);
  return [...new Set([...contexts, ...services])];
}

/** Which of these paths have no row in the table, nor one below. */
export function unlisted(product: Product, version: string, paths: readonly string[]): string[] {
  const rows = (product === 'api-manager' ? apiManagerPaths : identityServerPaths).filter((row) =>
    isOneOf(row, version),
  );
  const isListed = (path: string) => rows.some((row) => isBelow(row.path, path));
  return [...new Set(paths)].filter((path) => !isListed(path));
}

/** The archive of the service `echo` is called otherwise. */
const serviceOfArchive = (archive: string) => `/services/${archive === 'Echo' ? 'echo' : archive}`;
