import type { Product, Versions } from './version.ts';

/** A difference between recordings and the emulator that stays, and why. */
export interface RecordingException extends Versions {
  product: Product;
  /** Found in the difference as `replay` words it: `<probe>: exchange <n>, <verb> <path>: <what differs>`. */
  difference: RegExp;
  reason: string;
}

/** All of them; a test fails for one that nothing needs any more. */
export const RECORDING_EXCEPTIONS: readonly RecordingException[] = [];
