import { conflictOf } from '../api-conflict.ts';
import { StepError } from '../engine/errors.ts';
import type { Environment } from '../environment.ts';

/** The conflicts of declared APIs that are not there yet, by one list of all APIs. */
export async function apiConflicts({ apis, apiManager }: Environment): Promise<StepError[]> {
  const missing = await Promise.all(
    apis.map(async ({ api, declared }) => ((await api.id()) === undefined ? [declared] : [])),
  );
  if (missing.flat().length === 0) return [];
  const listed = await apiManager.publisher.listApis();
  return missing
    .flat()
    .flatMap((declared) => conflictOf(declared, listed) ?? [])
    .map((message) => new StepError(message));
}
