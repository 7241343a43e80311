import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import getPort from 'get-port';
import { pino } from 'pino';
import type { Credential } from '../../../../../pki/issue-certificate.ts';
import type { Pki } from '../../../../pki/pki.ts';
import { openRequestLog } from '../../../request-log.ts';
import { startGateway } from '../gateway.ts';
import type { AttachedPolicy, DeployedApi, DeployedOperation, GatewayRuntime, RuntimeKeyManager } from '../runtime.ts';
import { type GatewayHome, gatewayHome } from './gateway-home.ts';

export const CONTEXT = '/open-banking/0.2';

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The caller: by default the recipient; null for a caller without a certificate. */
  as?: Credential | null;
  tls?: Pick<RequestOptions, 'minVersion' | 'maxVersion' | 'agent'>;
}

export interface RunningGateway {
  port: number;
  /** Where its request log is. */
  requestLogFile: string;
  /** What it wrote to its log, one JSON object a line. */
  log: string[];
  call(path: string, call?: Call): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Starts the gateway on a free port with a home of its own. */
export async function runGateway(
  pki: Pki,
  runtime: GatewayRuntime,
  changes: GatewayHome = {},
): Promise<RunningGateway> {
  const offset = (await getPort()) - 8243;
  const home = gatewayHome(pki, { ...changes, offset });
  const log: string[] = [];
  const requestLogFile = join(home.path, 'repository', 'logs', 'requests.ndjson');
  const { port, close } = await startGateway({
    home,
    runtime,
    requestLog: openRequestLog(requestLogFile),
    logger: pino({ level: 'info' }, { write: (line) => log.push(line) }),
  });
  return { port, requestLogFile, log, close, call: (path, call) => callGateway(pki, port, path, call) };
}

function callGateway(pki: Pki, port: number, path: string, call: Call = {}): Promise<HttpAnswer> {
  const credential = call.as === undefined ? pki.parties.recipient : call.as;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: 'localhost',
        port,
        path,
        method: call.method ?? 'GET',
        headers: call.headers ?? {},
        agent: false,
        ca: pki.authorities.cdrRoot.certificate,
        ...(credential === null ? {} : { cert: credential.certificate, key: credential.key }),
        ...call.tls,
      },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks).toString() });
        } catch (cause) {
          reject(cause);
        }
      },
    );
    outgoing.once('error', reject);
    outgoing.end(call.body);
  });
}

/** A control plane of which a test says everything. */
export interface FakeRuntime extends GatewayRuntime {
  deployed: DeployedApi[];
  managers: RuntimeKeyManager[];
  /** `consumer key` → whether it is blocked. */
  subscriptions: Map<string, boolean>;
  revoked: Set<string>;
}

export function fakeRuntime(deployed: DeployedApi[], managers: RuntimeKeyManager[] = []): FakeRuntime {
  const runtime: FakeRuntime = {
    deployed,
    managers,
    subscriptions: new Map(),
    revoked: new Set(),
    apis: () => runtime.deployed,
    keyManagers: () => runtime.managers,
    subscription(_keyManager, consumerKey) {
      const blocked = runtime.subscriptions.get(consumerKey);
      return blocked === undefined ? undefined : { applicationId: `application of ${consumerKey}`, blocked };
    },
    isRevoked: (jti) => runtime.revoked.has(jti),
  };
  return runtime;
}

export function operation(verb: string, target: string, changes: Partial<DeployedOperation> = {}): DeployedOperation {
  return { target, verb, authType: 'None', scopes: [], request: [], response: [], fault: [], ...changes };
}

export function policy(definition: string, parameters: Record<string, unknown> = {}): AttachedPolicy {
  return { name: 'aPolicy', version: 'v1', definition, parameters };
}

export function deployedApi(endpointUrl: string | undefined, operations: DeployedOperation[]): DeployedApi {
  return {
    id: 'api-1',
    revisionId: 'revision-1',
    name: 'CDRDynamicClientRegistrationAPI',
    version: '0.2',
    context: CONTEXT,
    operations,
    endpointUrl,
    keyManagers: ['all'],
    subscriptionRequired: true,
    transport: ['https'],
  };
}
