import closeWithGrace from 'close-with-grace';
import { startDcrService } from './server.ts';
import { parseSettings } from './settings.ts';

try {
  const { url, healthUrl, close } = await startDcrService(parseSettings(process.env));
  closeWithGrace({ delay: 2_000, logger: false }, async ({ err }) => {
    if (err) console.error(`dcr-service stops: ${err.message}`);
    await close();
  });
  console.log(JSON.stringify({ event: 'ready', url, healthUrl }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
