import type { FastifyInstance } from 'fastify';
import { basicUser } from './authentication.ts';
import { notFound, unauthenticated } from './errors.ts';
import type { Instance } from './instance.ts';
import { queryParameter } from './request-body.ts';

const base = '/api/am/gateway/v2';

/** What the gateway says of itself; Basic authentication, and for the health check none at all where the version wants none. */
export function gatewayManagement(app: FastifyInstance, { deployments, users, product }: Instance): void {
  // 500 as long as the gateway has not loaded what is deployed; what becomes of it later is no matter.
  app.get(`${base}/server-startup-healthcheck`, async (request, reply) => {
    if (product.healthWantsAccount && basicUser(request, users) === undefined) throw unauthenticated();
    return deployments.loadedAtStart ? reply.send() : reply.code(500).type('text/plain').send('Internal Server Error.');
  });

  app.get(`${base}/api-artifact`, async (request) => {
    if (basicUser(request, users) === undefined) throw unauthenticated();
    const apiName = queryParameter(request, 'apiName');
    const version = queryParameter(request, 'version');
    const api = deployments.apis().find((candidate) => candidate.name === apiName && candidate.version === version);
    if (api === undefined) throw notFound(`API ${apiName} ${version} is not deployed in the gateway`);
    const resources = api.operations.map(
      ({ target, verb }) => `<resource methods="${verb}" uri-template="${xml(target)}"/>`,
    );
    return {
      api: `<api xmlns="http://ws.apache.org/ns/synapse" name="admin--${xml(api.name)}:v${xml(api.version)}" context="${xml(api.context)}" version="${xml(api.version)}" version-type="context">${resources.join('')}</api>`,
    };
  });
}

const xml = (text: string) => text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
