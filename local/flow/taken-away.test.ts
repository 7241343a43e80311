import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RunFailed } from '../../scripts/engine/errors.ts';
import { storeTool, writeTruststore } from '../pki/stores.ts';
import type { Environment } from '../processes/environment.ts';
import { pemFiles } from '../processes/trust.ts';
import { type Changed, prepareTemplate, startEnvironment } from './flow-environment.ts';

const extension = storeTool() === 'keytool' ? 'jks' : 'p12';
const imageHome = fileURLToPath(new URL('../emulator/api-manager/home', import.meta.url));
const storeType = extension === 'jks' ? 'JKS' : 'PKCS12';

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
  /** For the whole run, where it would wait for what never comes. */
  timeoutSeconds?: number;
  names: RegExp;
}

/** What the way of a registration rests on, beside provisioning and settings (`without-setting.test.ts`). Each, taken away, fails where it matters and says so. */
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
    what: "the API Manager's own CA in its store, which the gateway needs to hear of anything",
    alter: (environment) => alterStore(environment, 'client-truststore', /^cdr-/),
    failsAt: 'servers',
    timeoutSeconds: 5,
    names: /API Manager .*server-startup-healthcheck.*500/s,
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

for (const { what, failsAt, names, timeoutSeconds, ...changed } of rows) {
  test(`without ${what}, provisioning fails at ${failsAt} and names the cause`, async () => {
    const environment = await startEnvironment(template, changed);
    try {
      const failure = await environment
        .provision({ settleSeconds: 2, ...(timeoutSeconds !== undefined && { timeoutSeconds }) })
        .then(
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

test("without a separate truststore in the listener's profile, every client that the server trusts counts as a recipient", async () => {
  const profile = 'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2';
  const environment = await startEnvironment(template, {
    async alter(prepared) {
      const { apiManagerHome } = prepared.state;
      await cp(join(imageHome, profile), join(apiManagerHome, profile));
      // As the image's public CAs are in it, of which anybody can have a certificate.
      await alterStore(prepared, 'client-truststore', /^none$/);
    },
  });
  try {
    await environment.provision();
    const stranger = environment.recipient('foreign');
    const answer = await stranger.http.get(`${environment.urls.gateway}/open-banking/0.2/register/x`);
    assert.equal(answer.status, 401, JSON.stringify(answer.data));
  } finally {
    await environment.stop();
  }
});
