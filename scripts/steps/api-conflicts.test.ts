import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from '../../local/flow/flow-environment.ts';
import { apiManagerByHand, provisioningOf } from '../../local/processes/provisioning.ts';
import { conflictOf } from '../api-conflict.ts';
import { registrationApi } from '../api-settings.ts';
import { exitCodeOf } from '../exit-codes.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate());
  await environment.provision({ only: ['api-manager-users'] });
});
after(async () => {
  await environment?.stop();
});

const declared = { name: 'Accounts', version: '2', context: '/bank/{version}' };
const listed = (name: string, version: string, context: string) => [{ name, version, context }];

const cases: [what: string, others: Parameters<typeof conflictOf>[1], expected: RegExp | undefined][] = [
  ['nothing is there', [], undefined],
  ['another version has the same context', listed('Accounts', '1', '/bank'), undefined],
  ['another API has another context', listed('Payees', '2', '/payees'), undefined],
  ['the name is taken in another case', listed('ACCOUNTS', '1', '/bank'), /name is taken by API ACCOUNTS 1/],
  ['another API has the context', listed('Payees', '1', '/bank'), /its context \/bank is that of API Payees 1/],
  ['another version has another context', listed('Accounts', '1', '/old'), /version 1 has the context \/old/],
];
for (const [what, others, expected] of cases) {
  test(`${what}: ${expected ? 'a conflict that names it' : 'no conflict'}`, () => {
    if (expected) assert.match(conflictOf(declared, others) ?? '', expected);
    else assert.equal(conflictOf(declared, others), undefined);
  });
}

for (const [what, made, expected] of [
  ['its context', { name: 'Pizza', version: '1', context: '/open-banking' }, /is that of API Pizza 1\./],
  [
    'its name in another case',
    { name: registrationApi.toUpperCase(), version: '1', context: '/x' },
    /both are one name/,
  ],
] as const) {
  test(`an API that has ${what} is named before anything is written`, async () => {
    const { publisher, close } = apiManagerByHand(await provisioningOf(environment));
    const paths = { '/menu': { get: { responses: { 200: { description: 'ok' } } } } };
    const definition = JSON.stringify({ openapi: '3.0.3', info: { title: made.name, version: '1' }, paths });
    const { id } = await publisher.importOpenApi(definition, { ...made, policies: ['Unlimited'] });
    while (!(await publisher.findApi(made.name, made.version)));
    const written = environment.writes().length;
    for (const mode of ['plan', 'apply'] as const)
      await assert.rejects(environment.provision({ mode }), (error: Error) => {
        assert.match(error.message, expected);
        assert.equal(exitCodeOf(error), 1);
        return true;
      });
    assert.equal(environment.writes().length, written);
    await publisher.deleteApi(id);
    while (await publisher.findApi(made.name, made.version));
    close();
  });
}
