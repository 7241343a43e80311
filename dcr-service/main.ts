import closeWithGrace from 'close-with-grace';
import { startDcrService } from './server.ts';
import { helpText, printedSettings } from './settings/description.ts';
import { parseSettings, SettingsError } from './settings.ts';

async function serve(): Promise<void> {
  const settings = parseSettings(process.env);
  const { url, healthUrl, drain, close } = await startDcrService(settings);
  const { graceMs, timeoutMs } = settings.drain;
  // SIGTERM and SIGINT end it gracefully, a second one at once; an uncaught error ends it as well, without a grace period.
  closeWithGrace({ delay: graceMs + timeoutMs + 2_000, logger: false }, async ({ err }) => {
    if (err) console.error(`dcr-service stops: ${err.message}`);
    await (err ? close() : drain());
  });
  console.log(JSON.stringify({ event: 'ready', url, healthUrl }));
}

const [argument, ...others] = process.argv.slice(2);
try {
  if (argument === undefined) await serve();
  else if (argument === '--help' && others.length === 0) console.log(helpText());
  else if (argument === '--print-settings' && others.length === 0) {
    console.log(printedSettings(process.env));
    parseSettings(process.env);
  } else throw new SettingsError(`${argument} is not understood: start without arguments, or see --help.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
