import { openStore, type StoreSettings } from '../store/open-store.ts';

// A process of its own that opens the store as a replica does when it starts: its settings are its only argument.
const store = await openStore(JSON.parse(process.argv[2] ?? '') as StoreSettings);
await store.ping();
await store.close();
