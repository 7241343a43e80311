import { type ApiManager, type Revision, Wso2Error } from '@cdr-stack/wso2';
import type { Task } from '../engine/step.ts';

/** How many revisions an API holds (900351). */
const most = 5;

/** When they are all there, the oldest that no gateway runs goes; else the oldest, undeployed first. */
export async function makeRoom(
  revisions: Revision[],
  apiId: string,
  publisher: ApiManager['publisher'],
  task: Task,
): Promise<void> {
  if (revisions.length < most) return;
  const oldestFirst = revisions.toSorted((a, b) => ageOf(a) - ageOf(b));
  const victim = oldestFirst.find(({ deploymentInfo }) => !deploymentInfo?.length) ?? oldestFirst[0];
  if (!victim) return;
  task.checkpoint();
  const targets = (victim.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
  if (targets.length > 0) await publisher.undeployRevision(apiId, victim.id, targets);
  await publisher.deleteRevision(apiId, victim.id).catch((error: unknown) => {
    if (error instanceof Wso2Error && error.code === 'not-found') return;
    throw error;
  });
}

/** Revisions are numbered as they are made: "Revision 7". */
const ageOf = ({ displayName }: Revision) => Number(displayName?.match(/\d+$/)?.[0] ?? 0);
