/** The time that a request, or the reconciler for one change, may take is over. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor() {
    super('The time for this is over.');
  }
}

/**
 * Waits for `work` until `deadline` is aborted. The work itself should end with the signal too; should it not, nobody
 * waits for it any longer.
 *
 * @throws DeadlinePassed
 */
export async function until<T>(deadline: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (deadline.aborted) throw new DeadlinePassed();
  const passed = Promise.withResolvers<never>();
  const pass = () => passed.reject(new DeadlinePassed());
  deadline.addEventListener('abort', pass, { once: true });
  try {
    return await Promise.race([work(), passed.promise]);
  } finally {
    deadline.removeEventListener('abort', pass);
  }
}

/** Turns a deadline that has passed into undefined; everything else is still an error. For `catch`. */
export function unlessTimeIsUp(error: unknown): undefined {
  if (!(error instanceof DeadlinePassed)) throw error;
}
