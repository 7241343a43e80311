import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { destination, pino } from 'pino';
import { startIdentityServer } from './server.ts';

const { home } = new Command('identity-server')
  .description('Emulator of WSO2 Identity Server 7.3.0, started from the files of a real one.')
  .requiredOption('--home <directory>', "the server's home, with repository/conf/deployment.toml")
  .parse()
  .opts<{ home: string }>();

try {
  const logger = pino({ name: 'identity-server-emulator' }, destination(2));
  const server = await startIdentityServer({ home, env: process.env, logger });
  closeWithGrace({ delay: 2000, logger: false }, async () => server.close());
  console.log(JSON.stringify({ event: 'ready', url: server.url, issuer: server.issuer }));
} catch (error) {
  console.error(`identity-server emulator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
