/** Starts a home, reports it to its parent, and keeps running. */
import { startHome } from './start-home.ts';

const [home = '', logs = ''] = process.argv.slice(2);
await startHome(home, logs);
process.send?.('started');
