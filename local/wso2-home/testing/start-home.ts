import { fileURLToPath } from 'node:url';
import { type Running, startChildProcess } from '../../processes/child-process.ts';

/** Starts what a home's script starts, as the servers of an environment are started. */
export function startHome(home: string, logs: string, ...more: string[]): Promise<Running> {
  const entry = fileURLToPath(new URL('../main.ts', import.meta.url));
  const args = ['--home', home, '--script', 'wso2server.sh', ...more];
  return startChildProcess({ name: 'identity-server', entry, args, env: { SECRET: 'of the server' } }, logs);
}
