import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after as afterTests, test } from 'node:test';
import { readSettings } from './settings.ts';
import { declaredSettings } from './settings-document.ts';
import { configure, type RecordedStack, recordStack } from './testing/recorded-stack.ts';
import { renderedDifferences } from './testing/rendered-differences.ts';
import { sampleSettings } from './testing/sample-settings.ts';
import { accountEffects } from './testing/setting-effects/accounts.ts';
import { availabilityEffects } from './testing/setting-effects/availability.ts';
import { certificateEffects } from './testing/setting-effects/certificates.ts';
import { databaseImageEffects } from './testing/setting-effects/database-images.ts';
import { databaseNameEffects } from './testing/setting-effects/database-names.ts';
import { databaseEffects, unusedWithEmbeddedDatabases } from './testing/setting-effects/databases.ts';
import { dcrServiceEffects } from './testing/setting-effects/dcr-service.ts';
import { edgeEffects } from './testing/setting-effects/edge.ts';
import { type Effect, type Effects, judgedOnly, stacks } from './testing/setting-effects/effect.ts';
import { generationEffects } from './testing/setting-effects/generation.ts';
import { imageEffects } from './testing/setting-effects/images.ts';
import { monitoringEffects } from './testing/setting-effects/monitoring.ts';
import { revocationEffects } from './testing/setting-effects/revocation.ts';
import { stackEffects } from './testing/setting-effects/stack.ts';

// What each value of each setting does to the objects that are rendered, in the tables of testing/setting-effects: that, and no more.

const directory = await mkdtemp(join(tmpdir(), 'cdr-every-setting-'));
const sample = await sampleSettings(directory);
const effects: Effects = {
  ...stackEffects,
  ...generationEffects,
  ...(await imageEffects(directory)),
  ...accountEffects,
  ...(await certificateEffects(directory)),
  ...dcrServiceEffects,
  ...databaseEffects,
  ...databaseNameEffects,
  ...databaseImageEffects,
  ...availabilityEffects,
  ...edgeEffects,
  ...monitoringEffects,
  ...(await revocationEffects(directory)),
};
const declared = await declaredSettings();
const everyEffect = Object.entries(effects).flatMap(([setting, values]) =>
  values.map((effect) => ({ ...effect, setting })),
);

const before = ({ in: name = 'sample' }: Effect): Record<string, string> => ({ ...sample, ...stacks[name] });
const after = (effect: Effect & { setting: string }): Record<string, string> => ({
  ...before(effect),
  ...effect.with,
  [effect.setting]: effect.value,
});

// Before the first test: Node's runner follows each promise that is made in one, which takes as long as the program itself. And one
// after another: each run of the program has Pulumi's settings to itself.
const recorded = new Map<Effect['in'], RecordedStack>();
const differences: { effect: (typeof everyEffect)[number]; lines: string[]; refused?: unknown }[] = [];
for (const effect of everyEffect) {
  try {
    const earlier = recorded.get(effect.in) ?? (await recordStack(before(effect)));
    recorded.set(effect.in, earlier);
    differences.push({ effect, lines: renderedDifferences(earlier, await recordStack(after(effect))) });
  } catch (refused) {
    differences.push({ effect, lines: [], refused });
  }
}
const choices = new Map(declared.map(([setting, { default: value }]) => [setting, readChoices(setting, value)]));
const unused = renderedDifferences(
  await recordStack(sample),
  await recordStack({ ...sample, ...unusedWithEmbeddedDatabases }),
);
afterTests(() => rm(directory, { recursive: true }));

/** Whether a line is the expected one, in which `*` is any text. */
function fits(line: string, expected: string): boolean {
  const parts = expected.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(line);
}

for (const setting of Object.keys(effects))
  test(`${setting} changes what it is there for, and nothing else`, () => {
    for (const { effect, lines, refused } of differences.filter((one) => one.effect.setting === setting)) {
      if (refused) throw refused;
      assert.notEqual(before(effect)[setting] ?? defaultOf(setting), effect.value);
      const what = `${setting} = ${effect.value || '(empty)'} in ${effect.in ?? 'sample'}`;
      const unexpected = lines.filter((line) => !effect.changes.some((expected) => fits(line, expected)));
      const missing = effect.changes.filter((expected) => !lines.some((line) => fits(line, expected)));
      assert.deepEqual({ what, unexpected, missing }, { what, unexpected: [], missing: [] });
    }
  });

test('with embedded databases nothing that is for PostgreSQL changes anything', () => {
  assert.ok(Object.keys(unusedWithEmbeddedDatabases).every((key) => sample[key] !== unusedWithEmbeddedDatabases[key]));
  assert.deepEqual(unused, []);
});

test('every setting that Pulumi.yaml declares is in the tables, with a value that changes something', () => {
  assert.deepEqual(Object.keys(effects).sort(), declared.map(([key]) => key).sort());
  for (const [setting, values] of Object.entries(effects))
    assert.ok(values.some(({ changes }) => changes.length > 0) !== judgedOnly.includes(setting), setting);
});

/** What a setting says of a value that it does not take, without its own name. */
function refusalOf(setting: string, value: string): string | undefined {
  configure({ ...sample, [setting]: value });
  try {
    readSettings();
    return undefined;
  } catch (error) {
    const lines = error instanceof Error ? error.message.split('\n').map((line) => line.trim()) : [];
    return lines.find((line) => line.startsWith(`${setting} `))?.slice(setting.length + 1);
  }
}

/** The values that a setting takes, where these can be listed: as it says itself when it is given another. */
function readChoices(setting: string, value: unknown): string[] {
  const refusal = refusalOf(setting, 'no such value') ?? '';
  if (refusal === 'must be true or false.') return ['true', 'false'];
  const [, names] = /^must be one of: (.+)\.$/.exec(refusal) ?? [];
  if (names !== undefined) return names.split(', ');
  // A stack without declared trust is invalid.
  return value === '' && setting !== 'trustDirectory' ? [''] : [];
}

test('every value of a setting that takes only some is in the tables, and nothing where a setting may be empty', () => {
  const listed = [...choices].flatMap(([setting, values]) => values.map((choice) => [setting, choice] as const));
  assert.ok(listed.length > 50);
  const changes = [
    ...everyEffect.map((effect) => [before(effect), after(effect)]),
    [sample, { ...sample, ...unusedWithEmbeddedDatabases }],
  ];
  for (const [setting, choice] of listed) {
    const tried = changes.some((change) => {
      const [from, to] = change.map((settings) => settings[setting] ?? defaultOf(setting));
      return from !== to && [from, to].includes(choice);
    });
    assert.ok(tried, `${setting} = ${choice || '(empty)'}`);
  }
});

test("each of these values is named in its setting's description", () => {
  for (const [setting, { type, description }] of declared)
    for (const choice of choices.get(setting) ?? [])
      if (type !== 'boolean') assert.ok(description.includes(choice), `${setting}: ${choice}`);
});

test('a number is taken up to the bounds that its setting names, and not beyond', () => {
  const bounded = declared.filter(([, { type }]) => type === 'integer');
  assert.ok(bounded.length > 0);
  for (const [setting] of bounded) {
    const [, least = '', most = ''] =
      /^must be a whole number, (\d+) to (\d+)\.$/.exec(refusalOf(setting, 'x') ?? '') ?? [];
    const beyond = `must be ${least} to ${most}.`;
    assert.equal(refusalOf(setting, `${Number(most) + 1}`), beyond);
    if (Number(least) > 0) assert.equal(refusalOf(setting, `${Number(least) - 1}`), beyond);
    for (const bound of [least, most]) assert.ok(!refusalOf(setting, bound)?.includes(beyond), `${setting} = ${bound}`);
  }
});

function defaultOf(setting: string): string | undefined {
  const [, declaration] = declared.find(([key]) => key === setting) ?? [];
  const value = declaration?.default;
  return typeof value === 'object' ? JSON.stringify(value) : value?.toString();
}
