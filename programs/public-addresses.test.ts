import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { variablesOf } from './testing/kubernetes-object.ts';
import { objectOf, recordStack } from './testing/recorded-stack.ts';
import { deployedDatabase } from './testing/sample-settings.ts';
import { podTemplates, sampleStack } from './testing/sample-stack.ts';

const { settings } = await sampleStack();
const edge = { edge: 'loadBalancer', gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const issuer = 'https://id.holder.example/oauth2/token';

for (const generation of ['4.7', '4.2']) {
  const stack = await recordStack({ ...settings, ...deployedDatabase, ...edge, generation });

  test(`the public issuer of ${generation} names no port, for every caller`, () => {
    const { identityServer } = stack.outputs as { identityServer: { issuer: string } };
    assert.equal(identityServer.issuer, issuer);
    const [dcrService] = podTemplates(stack)['dcr-service']?.spec.containers ?? [];
    assert.equal(dcrService && variablesOf(dcrService).DCR_ISSUER, issuer);
    for (const { type, name, inputs } of stack.resources)
      assert.doesNotMatch(JSON.stringify(inputs), /holder\.example:443/, `${type} ${name}`);
    assert.doesNotMatch(JSON.stringify(stack.outputs), /:443/);
  });

  test(`Identity Server of ${generation} names itself so`, () => {
    const { data } = objectOf(stack, 'ConfigMap', 'identity-server-configuration');
    const { server, transport, open_banking } = parse(data['deployment.toml'] ?? '') as Record<string, TomlTable>;
    assert.equal(server?.hostname, 'id.holder.example');
    const { https } = transport as TomlTable & { https: { properties: TomlTable } };
    assert.equal(https.properties.proxyPort, 443);
    if (generation === '4.7') return;
    // Of 6.1 endpoints and issuer are this and a path; without it that is the host and proxyPort.
    assert.equal(server?.base_path, 'https://id.holder.example');
    assert.match(JSON.stringify(open_banking), new RegExp(`"allowed_values":\\["${issuer}"\\]`));
  });
}
