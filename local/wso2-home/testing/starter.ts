/** Starts a home, tells its parent, and stays. */
import { startHome } from './start-home.ts';

const [home = '', logs = ''] = process.argv.slice(2);
await startHome(home, logs);
process.send?.('started');
