import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { RunFailed } from '../../scripts/engine/errors.ts';
import { storeTool, writeTruststore } from '../pki/stores.ts';
import type { Environment } from '../processes/environment.ts';
import { pemFiles } from '../processes/trust.ts';
import {
  type Alteration,
  type Changed,
  type FlowEnvironment,
  prepareTemplate,
  startEnvironment,
} from './flow-environment.ts';

const extension = storeTool() === 'keytool' ? 'jks' : 'p12';
const storeType = extension === 'jks' ? 'JKS' : 'PKCS12';

async function alterToml({ state }: Environment, alter: (toml: TomlTable) => void): Promise<void> {
  const file = join(state.apiManagerHome, 'repository/conf/deployment.toml');
  const toml = parse(await readFile(file, 'utf8'));
  alter(toml);
  await writeFile(file, stringify(toml));
}

async function alterStore({ state, secrets }: Environment, name: string, without: RegExp): Promise<void> {
  const declared = [...(await pemFiles(state.recipientTrust)), ...(await pemFiles(state.serverTrust))];
  const belongs = name.startsWith('recipients') ? /^cdr-/ : /./;
  await writeTruststore({
    file: join(state.apiManagerHome, 'repository/resources/security', `${name}.${extension}`),
    type: storeType,
    password: secrets.storePassword,
    // A stranger's CA in its place: a store that holds nothing could not be written.
    entries: [
      ...declared.filter(({ alias }) => belongs.test(alias) && !without.test(alias)),
      { alias: 'foreign-ca', pem: await readFile(join(state.pki, 'foreign-ca.pem'), 'utf8') },
    ],
  });
}

interface Row extends Changed {
  what: string;
  failsAt: string;
  names: RegExp;
}

/** What the way of a registration rests on, beside provisioning. Each, taken away, fails where it matters and says so. */
const rows: Row[] = [
  {
    what: 'the certificate handler in the API template',
    alter: async ({ state }) => {
      const file = join(state.apiManagerHome, 'repository/resources/api_templates/velocity_template.xml');
      const template = await readFile(file, 'utf8');
      await writeFile(file, template.replace(/.*MutualSSLCertificateHandler.*\n/, ''));
    },
    failsAt: 'probe',
    names: /MutualSSLCertificateHandler/,
  },
  {
    what: 'the application/jwt message builder',
    alter: (environment) => alterToml(environment, (toml) => delete toml.custom_message_builders),
    failsAt: 'probe',
    names: /application\/jwt.*custom_message_builders/s,
  },
  {
    what: "the recipients' CA in the listener's store",
    alter: (environment) => alterStore(environment, 'recipients-truststore', /^cdr-/),
    failsAt: 'probe',
    names: /listener.*Sample CDR Issuing CA/s,
  },
  {
    what: "the Identity Server's CA in API Manager's store",
    alter: (environment) => alterStore(environment, 'client-truststore', /^platform-/),
    failsAt: 'discovery',
    names: /truststore.*Platform/s,
  },
  {
    what: 'mutual TLS to dcr-service: it trusts another CA for its gateway',
    dcr: ({ state }) => ({ DCR_GATEWAY_CA_FILE: join(state.pki, 'foreign-ca.pem') }),
    failsAt: 'probe',
    names: /dcr-service.*mutual TLS/s,
  },
];

let template: string;
before(async () => {
  template = await prepareTemplate();
});

for (const { what, failsAt, names, ...changed } of rows) {
  test(`without ${what}, provisioning fails at ${failsAt} and names the cause`, async () => {
    const environment = await startEnvironment(template, changed);
    try {
      const failure = await environment.provision({ settleSeconds: 2 }).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(failure instanceof RunFailed, `it did not fail, or otherwise: ${failure}`);
      assert.equal(failure.failures[0]?.step, failsAt, failure.message);
      assert.match(failure.message, names);
    } finally {
      await environment.stop();
    }
  });
}

test('without the outbound authorization setting a registration cannot be read, and dcr-service names the setting', async () => {
  const alter: Alteration = (environment) =>
    alterToml(environment, (toml) => {
      const apim = toml.apim as TomlTable;
      delete (apim.oauth_config as TomlTable).enable_outbound_auth_header;
    });
  const environment: FlowEnvironment = await startEnvironment(template, { alter });
  try {
    await environment.provision();
    const recipient = environment.recipient();
    const created = await recipient.register(await recipient.registrationRequest());
    assert.equal(created.status, 201, JSON.stringify(created.data));
    const clientId = created.data.client_id;
    const answer = await recipient.read(clientId, await recipient.accessToken(clientId));
    assert.equal(answer.status, 401);
    assert.match(JSON.stringify(answer.data), /No access token reached the registration service/);
    assert.match(environment.dcrLog(), /enable_outbound_auth_header = true/);
  } finally {
    await environment.stop();
  }
});
