import closeWithGrace from 'close-with-grace';
import { Command, InvalidArgumentError } from 'commander';
import { startRegister } from './server.ts';

const port = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('A port is a number up to 65535.');
  return Number(text);
};

const command = new Command('register')
  .description('A stand-in for the CDR Register, and a test recipient beside it.')
  .requiredOption('--pki <directory>', 'where the certificates and keys are (made by the quick start)')
  .requiredOption('--register-port <port>', "the Register's port", port)
  .requiredOption('--recipient-port <port>', "the recipient's port", port)
  .option('--host <address>', 'the address to listen on', '127.0.0.1')
  .option('--register-url <url>', 'what others call the Register by (default: localhost and its port)')
  .option('--recipient-url <url>', 'what others call the recipient by (default: localhost and its port)')
  .option('--data-holder-issuer <url>', 'whom registration requests are for when their caller names nobody')
  .parse();

try {
  const running = await startRegister(
    command.opts<{
      pki: string;
      registerPort: number;
      recipientPort: number;
      host: string;
      registerUrl?: string;
      recipientUrl?: string;
      dataHolderIssuer?: string;
    }>(),
  );
  closeWithGrace({ delay: 2000, logger: false }, () => running.close());
  const { registerUrl, recipientUrl } = running;
  process.stdout.write(`${JSON.stringify({ event: 'ready', registerUrl, recipientUrl })}\n`);
} catch (error) {
  process.stderr.write(`register: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
