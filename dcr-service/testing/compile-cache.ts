import { fileURLToPath } from 'node:url';

/** For the environment of processes that tests start: half of what a start takes is compiling the same files again. */
export const compileCache = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/cdr-stack/compiled', import.meta.url)),
};
