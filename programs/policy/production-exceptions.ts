import { z } from 'zod';
import { listOf } from '../setting-types.ts';

/** What a production stack may do without, when its settings say so by name. */
export const productionExceptionNames = [
  'oneApiManager',
  'oneIdentityServer',
  'oneIdentityHost',
  'publicPortals',
  'gatewayWithoutRevocation',
] as const;

export type ProductionException = (typeof productionExceptionNames)[number];

/** The exceptions that a stack takes. */
export const productionExceptions = listOf(z.string(), 'give names of exceptions, or []').pipe(
  z.array(z.enum(productionExceptionNames, `must be a list of: ${productionExceptionNames.join(', ')}; or []`)),
);
