import closeWithGrace from 'close-with-grace';
import { Command } from 'commander';
import { destination, pino } from 'pino';
import { startApiManager } from './server.ts';

const { home } = new Command('api-manager')
  .description('Emulator of WSO2 API Manager 4.7.0 with its gateway, started from the files of a real one.')
  .requiredOption('--home <directory>', "the server's home, with repository/conf/deployment.toml")
  .parse()
  .opts<{ home: string }>();

try {
  const logger = pino({ name: 'api-manager-emulator' }, destination(2));
  const server = await startApiManager({ home, env: process.env, logger });
  closeWithGrace({ delay: 2000, logger: false }, async () => server.close());
  console.log(JSON.stringify({ event: 'ready', managementUrl: server.managementUrl, gatewayUrl: server.gatewayUrl }));
} catch (error) {
  console.error(`api-manager emulator: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
