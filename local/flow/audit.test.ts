import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'smol-toml';
import { $ } from 'zx';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

const command = fileURLToPath(new URL('../../scripts/audit.ts', import.meta.url));

interface Finding {
  server: string;
  question: string;
  standing: string;
  by: string;
}

let template: string;
before(async () => {
  template = await prepareTemplate();
});

const configuration = (home: string) => join(home, 'repository', 'conf', 'deployment.toml');

/** The command as a person calls it, with both halves. */
async function audited(environment: FlowEnvironment): Promise<{ exitCode: number | null; findings: Finding[] }> {
  const { state, urls, outputs } = environment;
  const ca = join(state.path, 'ca.pem');
  await writeFile(ca, outputs.trust.servers);
  const run = $({ nothrow: true, quiet: true });
  const files = [
    '--apim-config',
    configuration(state.apiManagerHome),
    '--is-config',
    configuration(state.identityServerHome),
  ];
  const servers = ['--apim', urls.apiManager, '--is', urls.identityServer];
  const { exitCode, stdout, stderr } = await run`${process.execPath} ${command} ${servers} ${files} --ca ${ca} --json`;
  assert.ok(stdout.startsWith('{'), stderr);
  return { exitCode, findings: JSON.parse(stdout).findings };
}

const openOnes = (findings: readonly Finding[]) =>
  findings
    .filter(({ standing }) => standing === 'open')
    .map(({ server, by, question }) => `${server} ${by} ${question}`);

/** Takes tables out of a deployment.toml: the product's defaults are in force again. */
async function asShipped(home: string, ...tables: [string, string][]): Promise<void> {
  const file = configuration(home);
  const toml = parse(await readFile(file, 'utf8'));
  for (const [parent, name] of tables) delete (toml[parent] as Record<string, unknown>)[name];
  await writeFile(file, stringify(toml));
}

const shippedOpen = [
  'api-manager asking published-word-api-identity-oauth2-v1-0-scopes',
  'api-manager asking published-word-t-carbon-super-api-identity-oauth2-v1-0-scopes',
  'api-manager deployment.toml account_recovery.endpoint.auth.hash',
  'identity-server asking published-word-api-server-v1-applications',
  'identity-server asking published-word-t-carbon-super-api-server-v1-identity-governance',
  'identity-server deployment.toml account_recovery.endpoint.auth.hash',
  'gateway asking client-certificate',
  'api-manager deployment.toml keystore.listener_profile.ssl_verify_client',
];

test('of our servers the audit finds no door open by the files, asks without writing, and ends with 7 for what the emulator leaves open', async () => {
  const environment = await startEnvironment(template);
  try {
    const { exitCode, findings } = await audited(environment);
    const open = openOnes(findings);
    for (const door of shippedOpen) assert.ok(!open.includes(door), door);
    assert.deepEqual(
      open.filter((one) => one.includes(' deployment.toml ')),
      [],
    );
    assert.equal(exitCode, open.length > 0 ? 7 : 0);
    const requests = [...environment.requests('api-manager'), ...environment.requests('identity-server')];
    assert.ok(requests.length > 40, String(requests.length));
    assert.deepEqual([...new Set(requests.map(({ method }) => method))].sort(), ['GET', 'HEAD', 'OPTIONS']);
  } finally {
    await environment.stop();
  }
});

test('of servers as WSO2 ships them it finds the published word and the missing certificate, from outside and in the files', async () => {
  const environment = await startEnvironment(template, {
    alter: async ({ state }) => {
      await asShipped(state.apiManagerHome, ['account_recovery', 'endpoint'], ['keystore', 'listener_profile']);
      await asShipped(state.identityServerHome, ['account_recovery', 'endpoint']);
    },
  });
  try {
    const { exitCode, findings } = await audited(environment);
    assert.equal(exitCode, 7);
    const open = openOnes(findings);
    for (const door of shippedOpen) assert.ok(open.includes(door), `${door} is not among\n${open.join('\n')}`);
  } finally {
    await environment.stop();
  }
});
