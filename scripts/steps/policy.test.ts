import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../../local/flow/flow-environment.ts';
import { apiManagerByHand, provisioningOf } from '../../local/processes/provisioning.ts';
import { registrationApi } from '../api-settings.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision({ without: ['probe'] });
});
after(async () => {
  await environment?.stop();
});

test('a policy that somebody put in the place of ours, with our description, is replaced', async () => {
  const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
  const id = (await publisher.findApi(registrationApi, '0.2'))?.id ?? '';
  const [ours] = await publisher.listPolicies(id);
  assert.ok(ours);
  const api = await publisher.getApi(id);
  const attached = (policyId: string) =>
    api.operations?.map((one) => ({
      ...one,
      operationPolicies: {
        request: policyId ? [{ policyName: ours.name, policyVersion: 'v1', policyId, parameters: {} }] : [],
        response: [],
        fault: [],
      },
    }));
  await publisher.updateApi(id, { ...api, operations: attached('') });
  await publisher.deletePolicy(id, ours.id);
  const specification = {
    category: 'Mediation',
    name: ours.name,
    version: 'v1',
    displayName: ours.name,
    description: ours.description,
    applicableFlows: ['request'],
    supportedGateways: ['Synapse'],
    supportedApiTypes: ['HTTP'],
    policyAttributes: [],
  };
  const forged = await publisher.createPolicy(id, {
    specification: JSON.stringify({ type: 'operation_policy_specification', version: 'v4.2.0', data: specification }),
    definition: '<log level="full"/>',
  });
  await publisher.updateApi(id, { ...api, operations: attached(forged.id) });

  const { changes } = await environment.provision({ mode: 'plan' });
  assert.ok(changes.some(({ resource }) => resource === `operation policy ${ours.name} v2`));
  await environment.provision({ without: ['probe'] });
  const provisioned = await publisher.getApi(id);
  for (const { operationPolicies } of provisioned.operations ?? [])
    assert.deepEqual(
      operationPolicies?.request?.map(({ policyVersion }) => policyVersion),
      ['v2'],
    );
  assert.deepEqual((await environment.provision({ mode: 'plan' })).changes, []);
  close();
});
