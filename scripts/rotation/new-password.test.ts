import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNewPassword, generatePassword } from './new-password.ts';

test('what is generated is good for both servers, and another one each time', () => {
  const generated = Array.from({ length: 100 }, generatePassword);
  for (const password of generated)
    for (const server of ['API Manager', 'Identity Server'] as const) checkNewPassword(server, password);
  assert.equal(new Set(generated).size, 100);
});

for (const [password, why] of [
  ['short', /8 to 30 characters/],
  [`Cdr1-${'a'.repeat(30)}`, /8 to 30 characters/],
  ['with a blank', /letters, digits/],
  ['Cdr1-größer', /letters, digits/],
  ['Cdr1-R&D-of-2026', /letters, digits/],
  ['Cdr1-100%', /letters, digits/],
  ['wso2carbon', /everybody knows/],
] as const) {
  test(`${why.source}: said of a password that API Manager would refuse, without the password`, () => {
    assert.throws(
      () => checkNewPassword('API Manager', password),
      (error: Error) => {
        assert.match(error.message, why);
        return error.name === 'InvocationError' && !error.message.includes(password);
      },
    );
  });
}

test('Identity Server wants a digit, an upper and a lower case letter', () => {
  for (const password of ['no-upper-case-1', 'NO-LOWER-CASE-1', 'No-digit-here']) {
    assert.throws(() => checkNewPassword('Identity Server', password), /a digit, an upper and a lower case letter/);
    checkNewPassword('API Manager', password);
  }
});

test('Identity Server takes longer ones', () => {
  checkNewPassword('Identity Server', `Cdr1-${'a'.repeat(30)}`);
});
