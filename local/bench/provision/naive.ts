import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { type Call, type Connect, scopesByArea, through } from '@cdr-stack/wso2';
import axios from 'axios';
import type { World } from '../../crash/world.ts';
import { administrator } from '../../processes/secrets.ts';

/**
 * How long a script takes that makes the same calls one after the other, over one connection that it keeps: each thing read
 * once, every write made. A write is replayed without its body and refused for that, which takes a round trip all the same.
 *
 * @returns milliseconds.
 */
export async function replaySequentially(
  { outputs, secrets }: World,
  calls: readonly Call[],
  connect: Connect,
): Promise<number> {
  const httpsAgent = through(
    new Agent({
      keepAlive: true,
      maxSockets: 1,
      ca: [...getCACertificates('default'), outputs.trust.servers],
      allowPartialTrustChain: true,
    }),
    connect,
  );
  const server = axios.create({
    baseURL: outputs.apiManager.url,
    httpsAgent,
    proxy: false,
    validateStatus: () => true,
  });
  const account = { username: administrator, password: secrets.apiManagerPassword };
  const began = performance.now();

  const client = await server.post(
    '/client-registration/v0.17/register',
    {
      callbackUrl: 'https://localhost',
      clientName: 'naive',
      owner: administrator,
      grantType: 'password',
      saasApp: true,
    },
    { auth: account },
  );
  const scope = Object.values(scopesByArea).flat().join(' ');
  const token = await server.post('/oauth2/token', new URLSearchParams({ grant_type: 'password', ...account, scope }), {
    auth: { username: client.data.clientId, password: client.data.clientSecret },
  });
  const headers = { authorization: `Bearer ${token.data.access_token}` };
  for (const { method, path } of onceEach(calls)) await server.request({ method, url: path, headers });

  httpsAgent.destroy();
  return performance.now() - began;
}

/** The REST APIs, and the users of both servers; to whichever server a call goes, it takes a round trip. */
const provisioned = /^\/(api\/am|services\/RemoteUserStoreManagerService|scim2)\//;

function onceEach(calls: readonly Call[]): Call[] {
  const read = new Set<string>();
  return calls.filter(({ method, path, kind }) => {
    if (!provisioned.test(path)) return false;
    if (kind === 'write') return true;
    if (read.has(`${method} ${path}`)) return false;
    read.add(`${method} ${path}`);
    return true;
  });
}
