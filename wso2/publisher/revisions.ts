import { z } from 'zod';
import { jsonBody, type Rest, segment } from '../rest.ts';
import { deploymentSchema, type Revision, type RevisionDeployment, revisionSchema } from './schemas.ts';

/** Where to deploy: names and hosts as {@link PublisherSettings} offers them. */
export interface DeploymentTarget {
  name: string;
  vhost: string;
  displayOnDevportal?: boolean | undefined;
}

export interface RevisionsClient {
  listRevisions(apiId: string, filter?: { deployed?: boolean | undefined }): Promise<Revision[]>;
  /** Freezes the working copy. An API holds five revisions (900351). `description` has at most 255 characters. */
  createRevision(apiId: string, description: string): Promise<Revision>;
  /** Deploys. Doing it again for a deployed revision is accepted and reaches no gateway. */
  deployRevision(apiId: string, revisionId: string, targets: DeploymentTarget[]): Promise<RevisionDeployment[]>;
  undeployRevision(apiId: string, revisionId: string, targets: DeploymentTarget[]): Promise<void>;
  /** Done when the revision is gone, also when it was gone before; a deployed one is refused (900348). */
  deleteRevision(apiId: string, revisionId: string): Promise<void>;
}

const revisionsSchema = z.looseObject({ list: z.array(revisionSchema).nullish() });

export function revisionsClient(rest: Rest, apis: string): RevisionsClient {
  const api = (apiId: string) => `${apis}/${segment(apiId)}`;
  return {
    async listRevisions(apiId, { deployed } = {}) {
      const query = deployed === undefined ? {} : { query: `deployed:${deployed}` };
      // This list has no pages.
      const { list } = await rest.json({ method: 'GET', path: `${api(apiId)}/revisions`, query }, revisionsSchema);
      return list ?? [];
    },
    createRevision: (apiId, description) =>
      rest.json({ method: 'POST', path: `${api(apiId)}/revisions`, body: jsonBody({ description }) }, revisionSchema),
    deployRevision: (apiId, revisionId, targets) =>
      rest.json(
        {
          method: 'POST',
          path: `${api(apiId)}/deploy-revision`,
          query: { revisionId },
          body: jsonBody(targets),
        },
        z.array(deploymentSchema),
      ),
    undeployRevision: (apiId, revisionId, targets) =>
      rest.done({
        method: 'POST',
        path: `${api(apiId)}/undeploy-revision`,
        query: { revisionId },
        body: jsonBody(targets),
      }),
    deleteRevision: (apiId, revisionId) => rest.gone({ path: `${api(apiId)}/revisions/${segment(revisionId)}` }),
  };
}
