import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ApiManager } from '@cdr-stack/wso2';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../../local/flow/flow-environment.ts';
import { apiManagerByHand, provisioningOf } from '../../local/processes/provisioning.ts';
import { renderChanges } from '../engine/render.ts';
import { parseSettings } from '../settings.ts';
import { endpointConfigFrom } from './endpoint-config.ts';

const url = 'https://localhost:1/declared';
const settings = parseSettings({ apis: [{ endpoint: url }] }, 'the test');

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision({ settings, without: ['probe'] });
});
after(async () => {
  await environment?.stop();
});

const security = { production: { enabled: true, type: 'BASIC', username: 'backend', password: 'hunter2' } };
const timeouts = { actionSelect: 'fault', actionDuration: '30000' };
const backend = { url: 'https://old.example' };

const cases = [
  {
    what: 'another URL keeps endpoint security, time-outs and members unknown to us',
    byHand: {
      endpoint_type: 'http',
      production_endpoints: { ...backend, config: timeouts },
      sandbox_endpoints: backend,
      endpoint_security: security,
      failOver: false,
    },
    plan: [
      '! endpoint security stays as it is: its credentials go to the new address',
      `~ endpointConfig.production_endpoints.url: "https://old.example" -> "${url}"`,
      `~ endpointConfig.sandbox_endpoints.url: "https://old.example" -> "${url}"`,
    ],
    stored: {
      endpoint_type: 'http',
      production_endpoints: { url, config: timeouts },
      sandbox_endpoints: { url },
      endpoint_security: { production: { ...security.production, password: '', customParameters: {} } },
      failOver: false,
    },
  },
  {
    what: 'a missing sandbox endpoint is added to what is there',
    byHand: { endpoint_type: 'http', production_endpoints: { url, config: timeouts } },
    plan: [`+ endpointConfig.sandbox_endpoints.url: "${url}"`],
    stored: {
      endpoint_type: 'http',
      production_endpoints: { url, config: timeouts },
      sandbox_endpoints: { url },
    },
  },
  {
    what: 'another type of endpoint is replaced, and each member that goes is shown without its secrets',
    byHand: {
      endpoint_type: 'load_balance',
      algoCombo: 'RoundRobin',
      production_endpoints: [
        { url: 'https://a:hunter2@one.example/x' },
        { url: 'https://two.example', config: timeouts },
      ],
      sandbox_endpoints: { url },
      endpoint_security: { production: { ...security.production, customParameters: { type: 'hunter2' } } },
    },
    plan: [
      '~ endpointConfig.endpoint_type: "load_balance" -> "http"',
      `+ endpointConfig.production_endpoints.url: "${url}"`,
      '- endpointConfig.algoCombo: "RoundRobin"',
      '- endpointConfig.production_endpoints.0.url: "https://a:*****@one.example/x"',
      '- endpointConfig.production_endpoints.1.url: "https://two.example"',
      '- endpointConfig.production_endpoints.1.config.actionSelect: "fault"',
      '- endpointConfig.production_endpoints.1.config.actionDuration: "30000"',
      '- endpointConfig.endpoint_security.production.enabled: true',
      '- endpointConfig.endpoint_security.production.type: "BASIC"',
      '- endpointConfig.endpoint_security.production.username: "backend"',
      '- endpointConfig.endpoint_security.production.password: *****',
      '- endpointConfig.endpoint_security.production.customParameters.type: *****',
    ],
    stored: { endpoint_type: 'http', production_endpoints: { url }, sandbox_endpoints: { url } },
  },
  {
    what: 'a list in place of one endpoint is replaced, its neighbours stay',
    byHand: {
      endpoint_type: 'http',
      production_endpoints: [backend],
      sandbox_endpoints: { url },
      endpoint_security: security,
    },
    plan: [
      '! endpoint security stays as it is: its credentials go to the new address',
      `+ endpointConfig.production_endpoints.url: "${url}"`,
      '- endpointConfig.production_endpoints.0.url: "https://old.example"',
    ],
    stored: {
      endpoint_type: 'http',
      production_endpoints: { url },
      sandbox_endpoints: { url },
      endpoint_security: { production: { ...security.production, password: '', customParameters: {} } },
    },
  },
];

/** As a person does who wants it live. */
async function deployWorkingCopy(publisher: ApiManager['publisher'], id: string) {
  const [deployed] = await publisher.listRevisions(id, { deployed: true });
  const targets = (deployed?.deploymentInfo ?? []).map(({ name, vhost }) => ({ name, vhost: vhost ?? '' }));
  for (const old of await publisher.listRevisions(id)) {
    if (old.deploymentInfo?.length === 0 && old.description === 'by hand') await publisher.deleteRevision(id, old.id);
  }
  const made = await publisher.createRevision(id, 'by hand');
  await publisher.deployRevision(id, made.id, targets);
}

for (const { what, byHand, plan, stored } of cases) {
  test(what, async () => {
    const { outputs, credentials } = await provisioningOf(environment);
    const { publisher } = apiManagerByHand({ outputs, credentials });
    const found = await publisher.findApi('CDRDynamicClientRegistrationAPI', '0.2');
    const api = await publisher.getApi(found?.id ?? '');
    await publisher.updateApi(api.id, { ...api, endpointConfig: byHand });
    await deployWorkingCopy(publisher, api.id);

    const planned = await environment.provision({ settings, mode: 'plan' });
    const shown = renderChanges(planned.changes.filter(({ step }) => step === 'endpoint'));
    assert.deepEqual(
      shown
        .split('\n')
        .slice(1)
        .map((line) => line.trim())
        .toSorted(),
      plan.toSorted(),
    );

    await environment.provision({ settings, without: ['probe'] });
    const again = await environment.provision({ settings, without: ['probe'] });
    assert.deepEqual([again.changes, again.writes], [[], 0]);
    const { publisher: fresh } = apiManagerByHand({ outputs, credentials });
    assert.deepEqual((await fresh.getApi(api.id)).endpointConfig, stored);
    const [deployed] = await fresh.listRevisions(api.id, { deployed: true });
    assert.deepEqual((await fresh.getApi(deployed?.id ?? '')).endpointConfig, stored);
  });
}

test('without a declared endpoint, everything stays', () => {
  const current = { endpoint_type: 'load_balance', production_endpoints: [backend] };
  assert.deepEqual(endpointConfigFrom(current, undefined), current);
});
