import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileCache } from './compile-cache.ts';
import { environment } from './environment.ts';
import {
  accessTokenClaims,
  generateSigner,
  recipientKeySet,
  registerKeySet,
  signAccessToken,
} from './signed-requests.ts';
import { startWso2Stub, type Wso2Stub } from './wso2-stub.ts';

const entry = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface ProcessAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A real process of the service. */
export interface ServiceProcess {
  readonly healthUrl: string;
  /** Sends a request as the gateway would, on behalf of the recipient; rejects when no answer comes. */
  call(method: string, path: string, options?: { jwt?: string; clientId?: string }): Promise<ProcessAnswer>;
  /** Ends it as the loss of power would; done when it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** What outlives the process: the other servers, keys, and the database file. */
export interface Surroundings {
  readonly stub: Wso2Stub;
  /** The SQLite file, or the URL of the PostgreSQL. */
  readonly database: string;
  /** The settings with which the service is started, and the operator's commands as well. */
  readonly env: Record<string, string>;
  /** `jwks_uri` of the recipient. */
  readonly jwksUri: string;
  start(env?: Record<string, string>): Promise<ServiceProcess>;
  close(): Promise<void>;
}

/**
 * @param pki directory with the certificates of the parties, as local/pki makes it.
 * @param directory where the database goes, unless `database` is the URL of a PostgreSQL.
 */
export async function surroundings(
  pki: string,
  directory: string,
  database = join(directory, 'dcr.sqlite'),
): Promise<Surroundings> {
  const read = (file: string) => readFileSync(join(pki, file), 'utf8');
  const stub = await startWso2Stub({ cert: read('identity-server.pem'), key: read('identity-server.key') });
  const tokenSigner = await generateSigner('is-1', 'RS256');
  stub.documents.set('/cdr-register/v1/jwks', registerKeySet).set('/recipient', recipientKeySet);
  stub.documents.set('/oauth2/jwks', { keys: [tokenSigner.jwk] });
  const trust = join(directory, 'trust.pem');
  writeFileSync(trust, read('platform-ca.pem') + read('cdr-root.pem'));
  const env: Record<string, string> = {
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    ...compileCache,
    ...environment(pki, stub.url),
    DCR_REGISTER_JWKS_URL: `${stub.url}/cdr-register/v1/jwks`,
    DCR_TRUST_FILE: trust,
    [database.startsWith('postgresql:') ? 'DCR_DATABASE_URL' : 'DCR_DATABASE']: database,
    DCR_DRAIN_GRACE_MS: '0',
  };
  const certificate = new X509Certificate(read('recipient.pem'));
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  const forwarded = Buffer.from(certificate.toString()).toString('base64url');
  const gateway = { cert: read('gateway.pem'), key: read('gateway.key'), ca: read('platform-ca.pem') };

  const accessToken = (clientId: string) => signAccessToken(accessTokenClaims(clientId, thumbprint), tokenSigner);

  function send(url: string, method: string, headers: OutgoingHttpHeaders, body?: string): Promise<ProcessAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers, agent: false, family: 4, ...gateway }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const parsed: unknown = text === '' ? {} : JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, body: parsed as Record<string, unknown> });
        });
      });
      outgoing.on('error', reject).end(body);
    });
  }

  return {
    stub,
    database,
    env,
    jwksUri: `${stub.url}/recipient`,
    async start(changes = {}) {
      const child = spawn(process.execPath, [entry], {
        env: { ...env, ...changes },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { url, healthUrl } = await readyLine(child);
      const ended = once(child, 'exit');
      const end = async (signal: NodeJS.Signals) => {
        child.kill(signal);
        await ended;
      };
      return {
        healthUrl,
        call: async (method, path, { jwt, clientId } = {}) =>
          send(
            `${url}${path}`,
            method,
            {
              'x-wso2-client-certificate': forwarded,
              ...(jwt !== undefined && { 'content-type': 'application/jwt' }),
              ...(clientId !== undefined && {
                'x-wso2-client-id': clientId,
                authorization: `Bearer ${await accessToken(clientId)}`,
              }),
            },
            jwt,
          ),
        kill: () => end('SIGKILL'),
        stop: () => end('SIGTERM'),
      };
    },
    close: () => stub.close(),
  };
}

async function readyLine({ stdout }: ChildProcess): Promise<{ url: string; healthUrl: string }> {
  if (!stdout) throw new Error('The process has no output.');
  const lines = createInterface({ input: stdout });
  return new Promise((resolve, reject) => {
    lines.on('close', () => reject(new Error('The service ended before it was ready.')));
    lines.on('line', (line) => {
      const said = JSON.parse(line) as { event?: string; url?: string; healthUrl?: string };
      if (said.event === 'ready') resolve({ url: said.url ?? '', healthUrl: said.healthUrl ?? '' });
    });
  });
}
