import type { ClientDifference } from './bound-client.ts';
import type { RegistrationContext } from './context.ts';

/** Says, so that an alarm can be raised, that a client is not what it should be. */
export function reportDifferences(
  { logger, onDifference }: Pick<RegistrationContext, 'logger' | 'onDifference'>,
  client: { readonly clientId: string; readonly softwareId: string },
  differences: readonly ClientDifference[],
): void {
  if (differences.length === 0) return;
  for (const { kind } of differences) onDifference?.(kind);
  const unsafe = differences.some(({ kind }) => kind === 'redirects');
  const message = unsafe
    ? 'Identity Server may send codes of this client to hosts that it has not registered: run npm run registrations -- align'
    : 'Identity Server does not hold what was registered of this client';
  logger.error({ ...client, alarm: true, differences }, message);
}
