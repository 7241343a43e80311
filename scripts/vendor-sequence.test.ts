import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../programs/testing/temporary-directory.ts';
import { declarePolicy } from './declared-policy.ts';
import { readSequence } from './vendor-sequence.ts';

const file = join(temporaryDirectory(), 'au-dcr-insequence-0.2.xml');

/** As the vendor's toolkit has it, with a password of its own. */
const sequence = (authorization: string) => `<?xml version="1.0" encoding="UTF-8"?>
<sequence xmlns="http://ws.apache.org/ns/synapse" name="au-dcr-dynamic-endpoint-insequence-0.2">
    <property expression="get-property('api.ut.consumerKey')" name="x-wso2-client-id" scope="transport"/>
    <property action="remove" name="Authorization" scope="transport"/>
    ${authorization}
</sequence>
`;
const credential = Buffer.from('admin@wso2.com:correct horse').toString('base64');

test("the vendor's sequence is refused while it holds a Basic credential, with the line and without the credential", () => {
  writeFileSync(file, sequence(`<property name="Authorization" scope="transport" value="Basic ${credential}"/>`));
  assert.throws(
    () => readSequence(file),
    (error: Error) => {
      assert.equal(error.name, 'InvocationError');
      assert.match(error.message, /au-dcr-insequence-0\.2\.xml, line 5, holds a Basic credential/);
      assert.ok(!error.message.includes(credential) && !error.message.includes('horse'));
      return true;
    },
  );
});

test('without it, it is a policy that is called as the sequence is', () => {
  writeFileSync(file, sequence('<!-- Basic authentication is not needed -->'));
  const policy = declarePolicy({ definition: file });
  assert.equal(policy.name, 'au-dcr-dynamic-endpoint-insequence-0.2');
  const { data } = JSON.parse(policy.specificationFor('v2', 'whole'));
  assert.deepEqual([data.version, data.applicableFlows], ['v2', ['request']]);
  assert.ok(data.description.endsWith(`(${policy.contentHash})`));
  assert.deepEqual(JSON.parse(policy.specificationFor('v2', 'bare')), data);
});
