import { createUser, USERS } from '../identity-server-objects.ts';
import { type Probe, probes } from '../probe.ts';

/** Identity Server's users. */
export const identityServerUsers: Probe[] = probes('identity-server', [
  {
    id: 'users-are-created-once',
    fact: 'A user is created with 201 and, a second time, is a conflict: 409.',
    source: 'documentation (SCIM 2)',
    expect: { first: 201, second: 409, password: false },
    async run(session) {
      const { answer, account } = await createUser(session);
      const body = {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: account.username,
        password: account.password,
      };
      const second = await session.identityServer('POST', USERS, { body });
      return { first: answer.status, second: second.status, password: 'password' in answer.body };
    },
  },
  {
    id: 'users-are-found-by-name',
    fact: 'A user is found by the filter userName eq.',
    source: 'documentation (SCIM 2)',
    expect: 1,
    async run(session) {
      const { account } = await createUser(session);
      const filter = encodeURIComponent(`userName eq ${account.username}`);
      return (await session.identityServer('GET', `${USERS}?filter=${filter}`)).body.totalResults;
    },
  },
  {
    id: 'users-keep-their-external-id',
    fact: 'A user keeps the externalId of its creation, and PATCH replaces it.',
    source: 'RFC 7643, 3.1; documentation',
    expect: { made: 'one', changed: 'another' },
    async run(session) {
      const account = { userName: session.name(), password: `Aa1!${session.name()}` };
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
      const made = await session.identityServer('POST', USERS, { body: { schemas, ...account, externalId: 'one' } });
      const path = `${USERS}/${made.body.id}`;
      session.cleanUp(() => session.identityServer('DELETE', path));
      const Operations = [{ op: 'replace', value: { externalId: 'another' } }];
      const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
      await session.identityServer('PATCH', path, { body: patch });
      return { made: made.body.externalId, changed: (await session.identityServer('GET', path)).body.externalId };
    },
  },
  {
    id: 'short-passwords-are-refused',
    fact: 'A password of fewer than 8 characters is refused: 400.',
    source: 'documentation (console) [?]',
    versions: { since: '7.0' },
    expect: 400,
    run: async (session) => (await createUser(session, 'Aa1!xyz')).answer.status,
  },
  {
    id: 'long-passwords-are-refused',
    fact: 'A password of more than 64 characters is refused: 400.',
    source: 'product-is 21984',
    versions: { since: '7.0' },
    expect: 400,
    run: async (session) => (await createUser(session, `Aa1!${'x'.repeat(61)}`)).answer.status,
  },
  {
    id: 'password-is-patched',
    fact: "PATCH replaces a user's password: 200, and the old one opens nothing.",
    source: 'documentation (SCIM 2)',
    expect: { patch: 200, old: 401 },
    async run(session) {
      const { answer, account } = await createUser(session);
      const Operations = [{ op: 'replace', value: { password: `Bb2!${session.name()}` } }];
      const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
      const { status } = await session.identityServer('PATCH', `${USERS}/${answer.body.id}`, { body });
      return { patch: status, old: (await session.identityServer('GET', USERS, { as: account })).status };
    },
  },
  {
    id: 'passwords-are-of-three-kinds-of-letters',
    fact: 'From 7.1 on a password needs a digit, an upper and a lower case letter; spaces are letters like others.',
    source: 'seen on 7.1.0',
    versions: { since: '7.1' },
    expect: { digit: 400, upper: 400, lower: 400, space: 201 },
    async run(session) {
      const status = async (password: string) => (await createUser(session, password)).answer.status;
      return {
        digit: await status('Of-no-digit'),
        upper: await status('of-1-lower-case'),
        lower: await status('OF-1-UPPER-CASE'),
        space: await status('Of 1 with spaces'),
      };
    },
  },
  {
    id: 'passwords-before-7-are-5-to-30-long',
    fact: 'Before 7.0 a password has 5 to 30 characters, of any kind.',
    source: 'user store configuration as shipped (PasswordJavaRegEx)',
    versions: { before: '7.0' },
    expect: { four: 400, five: 201, thirty: 201, thirtyOne: 400 },
    async run(session) {
      const status = async (length: number) => (await createUser(session, 'x'.repeat(length))).answer.status;
      return { four: await status(4), five: await status(5), thirty: await status(30), thirtyOne: await status(31) };
    },
  },
  {
    id: 'empty-lists-have-no-resources',
    fact: 'A SCIM list in which nothing is found has no member Resources.',
    source: 'seen on 7.1.0 and 6.1.0',
    expect: { total: 0, resources: false },
    async run(session) {
      const filter = encodeURIComponent(`userName eq ${session.name()}`);
      const { body } = await session.identityServer('GET', `${USERS}?filter=${filter}`);
      return { total: body.totalResults, resources: 'Resources' in body };
    },
  },
]);
