import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { json, recipientOf } from '../testing/recipient.ts';
import { serviceOfThisFile } from '../testing/service-of-a-file.ts';

const service = await serviceOfThisFile(samplePki);
const { certificate, post, newRequest, manage } = recipientOf(service);
const upper = 'A7C1E7D2-60D0-4E0B-9B8F-3C2D1E0F9A8B';
const lower = upper.toLowerCase();

for (const [first, other] of [
  [lower, upper],
  [upper, lower],
] as const) {
  test(`${first} and ${other} are one software product, with the client and the spelling of the first`, async () => {
    const created = await post(await newRequest({}, first));
    assert.equal(created.status, 201, created.body);
    assert.equal(json(created).software_id, first);
    const clientId = String(json(created).client_id);
    assert.equal(service.platform.clients.get(first)?.clientId, clientId);

    const duplicate = await post(await newRequest({}, other));
    assert.equal(duplicate.status, 400, duplicate.body);
    assert.match(String(json(duplicate).error_description), /^Duplicate registrations/);

    const organisation = { org_id: '8C1F0A52-6F0D-4F4A-8D0E-7B6B1F3C9A21' };
    const replaced = await manage(
      'PUT',
      clientId,
      {},
      {
        body: await newRequest({ statement: organisation }, other),
        headers: { 'content-type': 'application/jwt', ...certificate },
      },
    );
    assert.equal(replaced.status, 200, replaced.body);
    assert.equal(json(replaced).software_id, first);
    assert.deepEqual([...service.platform.clients.keys()], [first]);
    assert.equal((await manage('DELETE', clientId)).status, 204);
    assert.deepEqual([service.platform.clients.size, service.platform.applications.size], [0, 0]);
  });
}
