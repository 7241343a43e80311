import type { FastifyInstance } from 'fastify';
import type { Instance } from '../instance.ts';
import { page } from '../paging.ts';
import { queryParameter } from '../request-body.ts';
import { admin } from '../scopes.ts';

/** All applications, of all owners, as an administrator sees them: without their keys. */
export function adminApplications(app: FastifyInstance, { store }: Instance): void {
  app.get(`${admin}/applications`, async (request) => {
    const owner = queryParameter(request, 'user');
    const name = queryParameter(request, 'name')?.toLowerCase();
    const found = store.applications
      .list()
      .filter((application) => owner === undefined || application.owner === owner)
      .filter((application) => name === undefined || application.name.toLowerCase().includes(name));
    const listed = found.map(({ applicationId, name: shown, owner: owned, tokenType, createdTime }) => {
      return {
        applicationId,
        name: shown,
        owner: owned,
        tokenType,
        createdTime,
        keyManagers: [],
        status: 'APPROVED',
        groupId: '',
      };
    });
    return page(request, listed);
  });
}
