import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dataHolderScopes } from '@cdr-stack/wso2';
import { heldClient } from '../../../dcr-service/testing/held-client.ts';
import { registrationCalls } from './registration-calls.ts';

/**
 * Identity Server, API Manager and everybody's key sets on one port, as far as a registration calls them: they remember
 * nothing and answer at once, so that what is measured is the service. A process of its own.
 *
 * Arguments: certificate, key, and a JSON file with the documents by path.
 */
const [certificate = '', key = '', documentsFile = ''] = process.argv.slice(2);
const documents = JSON.parse(readFileSync(documentsFile, 'utf8')) as Record<string, unknown>;

const { client, application, keys, subscription, clientApplication } = registrationCalls;
const resource = {
  id: 'the-resource',
  identifier: dataHolderScopes,
  scopes: [{ name: 'cdr:registration' }, { name: 'bank:accounts.basic:read' }],
};

/** As the service registers it: one redirect URI, which is never written again. */
const heldProtocol = (clientId: string) => ({
  ...heldClient,
  clientId,
  callbackURLs: ['https://app.brolga.example/callback'],
  subject: { subjectType: 'pairwise', sectorIdentifierUri: 'https://www.brolga.example/sector' },
});

function answerTo(method: string, path: string, query: string): readonly [status: number, body: unknown] {
  if (documents[path]) return [200, documents[path]];
  if (path === client.path) return [201, { client_id: randomUUID(), client_secret: 'never used' }];
  if (path === application.path) return [201, { applicationId: 'the-application', name: 'any' }];
  if (path === keys.path) return [200, { consumerKey: 'any' }];
  if (path === subscription.path)
    return [201, { subscriptionId: randomUUID(), applicationId: 'the-application', apiId: 'the-api' }];
  if (path === clientApplication.path) {
    const id = new URLSearchParams(query).get('filter')?.replace('clientId eq ', '');
    return [200, { applications: [{ id }] }];
  }
  if (path.startsWith(clientApplication.path)) {
    const [id = '', rest] = path.slice(clientApplication.path.length + 1).split('/');
    return rest === 'authorized-apis' ? [200, undefined] : [200, heldProtocol(id)];
  }
  if (path.startsWith('/api/server/v1/api-resources'))
    return [200, path.endsWith(resource.id) ? resource : { apiResources: [resource] }];
  if (path.endsWith('/apis'))
    return [200, { list: [{ id: 'the-api', name: 'CDRDynamicClientRegistrationAPI', version: '0.2' }] }];
  if (path.startsWith('/client-registration/')) return [200, { clientId: 'service', clientSecret: 'never used' }];
  if (path === '/oauth2/token') return [200, { access_token: 'token', expires_in: 86_400 }];
  return method === 'DELETE' ? [204, undefined] : [404, {}];
}

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), keepAliveTimeout: 600_000 },
  (request, response) => {
    request.resume().on('end', () => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const [status, body] = answerTo(request.method ?? '', path, query);
      const text = body === undefined ? '' : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    });
  },
);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: 'ready', url: `https://localhost:${port}` }));
});
