/** The time that a request, or the reconciler for one change, may take is over. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor() {
    super('The time for this is over.');
  }
}

/**
 * Waits for `work` until `deadline` is aborted. The work itself should end with the signal, too; if it does not, this no longer waits for
 * it.
 *
 * @throws DeadlinePassed
 */
export function until<T>(deadline: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (deadline.aborted) return reject(new DeadlinePassed());
    const pass = () => reject(new DeadlinePassed());
    const done = () => deadline.removeEventListener('abort', pass);
    deadline.addEventListener('abort', pass);
    work().then(resolve, reject).finally(done);
  });
}

/** Turns a deadline that has passed into undefined; everything else is still an error. For `catch`. */
export function unlessTimeIsUp(error: unknown): undefined {
  if (!(error instanceof DeadlinePassed)) throw error;
}
