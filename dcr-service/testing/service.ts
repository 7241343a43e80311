import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startDcrService } from '../server.ts';
import { parseSettings } from '../settings.ts';
import { environment } from './environment.ts';
import { type InMemoryPlatform, inMemoryPlatform } from './in-memory-platform.ts';
import {
  accessTokenClaims,
  generateSigner,
  recipientKeySet,
  registerKeySet,
  signAccessToken,
} from './signed-requests.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Whose TLS certificate the caller presents; null: none. Default: the gateway's. */
  readonly as?: string | null;
  /** Sent as the gateway over connections that stay open, for who sends many. */
  readonly kept?: boolean;
}

/** The service itself, behind its real TLS, with key sets served over TLS and only WSO2's servers replaced. */
export interface TestService {
  readonly platform: InMemoryPlatform;
  readonly url: string;
  readonly healthUrl: string;
  /** `jwks_uri` at which the keys of the recipient are. */
  readonly jwksUri: string;
  /** The header that the gateway makes of a certificate of the PKI. */
  certificateHeader(party: string): string;
  /** Sends a request as the gateway would; rejects when the connection gives no HTTP answer. */
  call(call: Call): Promise<Answer>;
  /** An access token of the Identity Server for a client, bound to the recipient's certificate. */
  accessToken(clientId: string, changes?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
  /** By what these can be verified: what the Identity Server has at `/oauth2/jwks`. */
  readonly tokenKeys: { readonly keys: readonly object[] };
  /** What was logged since the start. */
  log(): string;
  close(): Promise<void>;
}

/** @param pki directory with the certificates of the parties, as local/pki makes it. */
export async function startTestService(
  pki: string,
  env: Record<string, string> = {},
  platform: InMemoryPlatform = inMemoryPlatform(),
): Promise<TestService> {
  const read = (file: string) => readFileSync(join(pki, file), 'utf8');
  const tokenSigner = await generateSigner('is-1', 'RS256');
  const documents: Record<string, unknown> = {
    '/register': registerKeySet,
    '/recipient': recipientKeySet,
    '/oauth2/jwks': { keys: [tokenSigner.jwk] },
  };
  const keyServer = createServer(
    { cert: read('register.pem'), key: read('register.key') },
    ({ url = '' }, response) => {
      response.writeHead(documents[url] ? 200 : 404).end(JSON.stringify(documents[url] ?? {}));
    },
  );
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  const keysUrl = `https://localhost:${(keyServer.address() as AddressInfo).port}`;

  let logged = '';
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    logged += chunk.toString();
    done();
  };
  const logger = pino({ level: env.DCR_LOG_LEVEL ?? 'debug' }, new Writable({ write }));
  const settings = parseSettings({
    ...environment(pki, keysUrl),
    DCR_REGISTER_JWKS_URL: `${keysUrl}/register`,
    DCR_TRUST_FILE: join(pki, 'cdr-root.pem'),
    DCR_DATABASE: ':memory:',
    ...env,
  });
  const service = await startDcrService(settings, { platform, logger });
  const thumbprint = createHash('sha256')
    .update(new X509Certificate(read('recipient.pem')).raw)
    .digest('base64url');

  const keptConnections = new Agent({
    keepAlive: true,
    ca: read('platform-ca.pem'),
    cert: read('gateway.pem'),
    key: read('gateway.key'),
  });

  return {
    platform,
    url: service.url,
    healthUrl: service.healthUrl,
    jwksUri: `${keysUrl}/recipient`,
    certificateHeader: (party) =>
      Buffer.from(new X509Certificate(read(`${party}.pem`)).toString()).toString('base64url'),
    call: ({ method, path, body, headers = {}, as = 'gateway', kept = false }) =>
      new Promise((resolve, reject) => {
        const alone = () => ({
          agent: false,
          ca: read('platform-ca.pem'),
          ...(as === null ? {} : { cert: read(`${as}.pem`), key: read(`${as}.key`) }),
        });
        const url = `${service.url}${path}`;
        const outgoing = request(
          url,
          { method, headers, family: 4, ...(kept ? { agent: keptConnections } : alone()) },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => {
              text += chunk;
            });
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            );
          },
        );
        outgoing.on('error', reject).end(body);
      }),
    accessToken: (clientId, changes = {}, header = {}) =>
      signAccessToken(accessTokenClaims(clientId, thumbprint, changes), tokenSigner, header),
    tokenKeys: { keys: [tokenSigner.jwk] },
    log: () => logged,
    close: async () => {
      keptConnections.destroy();
      await service.close();
      keyServer.closeAllConnections();
      await new Promise((resolve) => keyServer.close(resolve));
    },
  };
}
