import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import axios, { type AxiosResponse } from 'axios';
import getPort from 'get-port';
import { type Logger, pino } from 'pino';
import { stringify } from 'smol-toml';
import type { Credential } from '../../../../pki/issue-certificate.ts';
import { splitBundle } from '../../../../pki/pem.ts';
import { pkcs12Keystore, pkcs12Truststore } from '../../../../pki/pkcs12.ts';
import { temporaryDirectory } from '../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../pki/pki.ts';
import { samplePki } from '../../../pki/testing/sample-pki.ts';
import { versionFile } from '../../server-version.ts';
import { type RunningIdentityServer, startIdentityServer } from '../server.ts';

export const administrator = { username: 'admin', password: 'the administrator of the tests' };
const storePassword = 'the stores of the tests';

/** Differences from the quick start; each is one line of deployment.toml. */
export interface SampleSettings {
  /** Tomcat's value, or null for a file that does not say. Default "optional". */
  certificateVerification?: string | null;
  authorizeAllScopes?: boolean;
  /** For example `7.1.0`. Default: the newest that the emulator knows. */
  version?: string;
  /** Members of `[oauth]` besides. */
  oauth?: Record<string, unknown>;
  /** Tables of deployment.toml besides. */
  tables?: Record<string, unknown>;
  /** Variables of the environment besides. */
  env?: Record<string, string>;
  logger?: Logger;
  /** Where its pod's service account is mounted. */
  serviceAccount?: string;
}

export interface SampleServer extends RunningIdentityServer {
  home: string;
  pki: Pki;
  /** Stops the server and starts another one from the same home. */
  restart(): Promise<void>;
}

export interface SampleHome {
  home: string;
  env: Record<string, string>;
  pki: Pki;
}

/** Makes the files that a server starts from, on a free port; they are removed when the test ends. */
export async function createSampleHome(t: TestContext, settings: SampleSettings = {}): Promise<SampleHome> {
  const home = mkdtempSync(join(tmpdir(), 'identity-server-'));
  t.after(() => rmSync(home, { recursive: true }));
  const pki = await sharedPki();
  writeHome(home, pki, await getPort(), settings);
  if (settings.version !== undefined) writeVersion(home, settings.version);
  const env = { WSO2_ADMIN_PASSWORD: administrator.password, STORE_PASSWORD: storePassword, ...settings.env };
  return { home, pki, env };
}

/** Starts a server from a fresh home; it is stopped when the test ends. */
export async function startSampleServer(t: TestContext, settings: SampleSettings = {}): Promise<SampleServer> {
  let running: RunningIdentityServer | undefined;
  t.after(() => running?.close());
  const { home, env, pki } = await createSampleHome(t, settings);
  const logger = settings.logger ?? pino({ enabled: false });
  const { serviceAccount } = settings;
  const options = { home, env, logger, ...(serviceAccount !== undefined && { serviceAccount }) };
  const started = await startIdentityServer(options);
  running = started;
  return {
    ...started,
    home,
    pki,
    restart: async () => {
      await running?.close();
      running = await startIdentityServer(options);
    },
  };
}

let pkiOfThisProcess: Promise<Pki> | undefined;

/** One PKI for all tests of a file: keys take longer to make than the rest of a test. */
export function sharedPki(): Promise<Pki> {
  if (pkiOfThisProcess === undefined) {
    pkiOfThisProcess = samplePki(temporaryDirectory());
  }
  return pkiOfThisProcess;
}

function writeHome(home: string, pki: Pki, port: number, settings: SampleSettings): void {
  const security = join(home, 'repository', 'resources', 'security');
  mkdirSync(security, { recursive: true });
  mkdirSync(join(home, 'repository', 'conf'), { recursive: true });
  writeKeystore(home, 'wso2carbon.p12', pki.parties.identityServer);
  writeKeystore(home, 'signing.p12', pki.parties.identityServerSigning);
  const { cdrRoot, cdrIssuing, platform } = pki.authorities;
  const trusted = Object.entries({ cdrRoot, cdrIssuing, platform }).map(([alias, { certificate: pem }]) => ({
    alias,
    pem,
  }));
  writeFileSync(join(security, 'client-truststore.p12'), pkcs12Truststore(trusted, storePassword));
  writeFileSync(join(home, 'repository', 'conf', 'deployment.toml'), deploymentToml(port, settings));
}

function writeVersion(home: string, version: string): void {
  mkdirSync(join(home, versionFile[0]), { recursive: true });
  writeFileSync(join(home, ...versionFile), `WSO2 Identity Server v${version}\n`);
}

/** The server reads it at its next start. `wso2carbon.p12` is that of its TLS, `signing.p12` that of its tokens. */
export function writeKeystore(home: string, file: string, { key, certificate }: Credential): void {
  const own = { alias: 'wso2carbon', key, chain: splitBundle(certificate) };
  const security = join(home, 'repository', 'resources', 'security');
  writeFileSync(join(security, file), pkcs12Keystore(own, storePassword));
}

/** The product has no database of its own accord. */
const databases = Object.fromEntries(
  ['identity_db', 'shared_db'].map((name) => [name, { type: 'h2', url: `jdbc:h2:./repository/database/${name}` }]),
);

function deploymentToml(
  port: number,
  { certificateVerification = 'optional', authorizeAllScopes = true, oauth = {}, tables = {} }: SampleSettings,
) {
  const store = (file: string) => `file_name = "${file}"\ntype = "PKCS12"\npassword = "$env{STORE_PASSWORD}"`;
  return `
[server]
hostname = "localhost"
node_ip = "127.0.0.1"
offset = ${port - 9443}
[super_admin]
username = "${administrator.username}"
password = "$env{WSO2_ADMIN_PASSWORD}"
[keystore.tls]
${store('wso2carbon.p12')}
alias = "wso2carbon"
[keystore.primary]
${store('signing.p12')}
alias = "wso2carbon"
[truststore]
${store('client-truststore.p12')}
[transport.http]
enabled = false
[oauth]
${authorizeAllScopes ? 'authorize_all_scopes = true' : ''}
${stringify(oauth)}
[oauth.token_validation]
app_access_token_validity = 600
${
  certificateVerification === null
    ? ''
    : `[transport.https.sslHostConfig.properties]\ncertificateVerification = "${certificateVerification}"`
}
${stringify({ database: databases, ...tables })}
`;
}

export interface Request {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** An object is sent as JSON, parameters as a form. */
  body?: object | URLSearchParams;
  credentials?: { username: string; password: string };
  /** The client certificate to present. */
  certificate?: Credential;
}

/** Sends a request over TLS, trusting the platform's CA alone. Any status is an answer; no answer is an error. */
export async function send(server: SampleServer, path: string, request: Request = {}): Promise<AxiosResponse> {
  const { method = 'GET', body, credentials, certificate } = request;
  const ca = server.pki.authorities.platform.certificate;
  const httpsAgent = new Agent({ ca, ...(certificate ? { cert: certificate.certificate, key: certificate.key } : {}) });
  return axios.request({
    url: server.url + path,
    method,
    httpsAgent,
    proxy: false,
    validateStatus: () => true,
    ...(body ? { data: body } : {}),
    ...(credentials ? { auth: credentials } : {}),
  });
}

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';

/** Sends a request as the administrator. */
export function manage(server: SampleServer, path: string, request: Request = {}): Promise<AxiosResponse> {
  return send(server, path, { ...request, credentials: administrator });
}

/** Registers a client by DCR and gives back the product's answer. */
export async function register(server: SampleServer, metadata: object): Promise<AxiosResponse> {
  return manage(server, REGISTER, { method: 'POST', body: metadata });
}

/** Registers a scope as API Manager's connector does. */
export async function registerScope(server: SampleServer, name: string): Promise<void> {
  const resource = {
    identifier: 'User-defined-oauth2-resource',
    name: 'User-defined OAuth2 Resource',
    scopes: [{ name }],
  };
  const answer = await manage(server, '/api/server/v1/api-resources', { method: 'POST', body: resource });
  if (answer.status !== 201) throw new Error(`The scope ${name} was not registered: ${answer.status}.`);
}
