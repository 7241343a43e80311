import { type Change, type FieldChange, masked } from './change.ts';
import type { StepEvent } from './events.ts';

/** Names of values that nobody may see: of passwords, client secrets, keys and tokens of connectors and endpoint security. */
const namesASecret =
  /passw(or)?d|passphrase|secret|credential|api[_-]?key|private[_-]?key|(access|refresh|auth|api|bearer)[_-]?token/i;

const isSecretName = (name: unknown) => typeof name === 'string' && namesASecret.test(name);

// A password may hold any character that does not end the authority of a URL, so the last "@" before one of those counts.
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)(?:([^\s/?#"<>:@]*):)?[^\s/?#"<>]*@/gi;
const parameter = /([?&;])([^=&;?\s"]+)=([^&;#\s"]+)/g;

/** The same text without the passwords of the URLs in it: `https://user:*****@host`, `?api_key=*****`. */
export function maskText(text: string): string {
  return text
    .replace(userInfo, (_, scheme: string, user?: string) => `${scheme}${user ? `${user}:` : ''}${masked}@`)
    .replace(parameter, (whole, before: string, name: string) =>
      isSecretName(name) ? `${before}${name}=${masked}` : whole,
    );
}

/** A copy in which members that are named like a secret are masked, however deep, as well as the value of a pair `{ name, value }`. */
function maskValue(value: unknown, name?: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (isSecretName(name)) return masked;
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map((one) => maskValue(one));
  if (typeof value !== 'object') return value;
  const members = Object.entries(value);
  const label = members.find(([key]) => key === 'name' || key === 'key')?.[1];
  return Object.fromEntries(
    members.map(([key, member]) => [key, maskValue(member, /^(value|values|default)$/.test(key) ? label : key)]),
  );
}

/** Last line of defence: a step masks its own secrets, and a field that is named like one is masked whatever the step did. */
export function maskField(field: FieldChange): FieldChange {
  const name = /[^.]*$/.exec(field.path.replace(/(\.\d+)+$/, ''))?.[0];
  return {
    path: field.path,
    ...('before' in field ? { before: maskValue(field.before, name) } : {}),
    ...('after' in field ? { after: maskValue(field.after, name) } : {}),
  };
}

/** The same changes, fit to be printed. */
export function maskSecrets(changes: readonly Change[]): Change[] {
  return changes.map((change) => ({
    ...change,
    fields: change.fields.map(maskField),
    ...(change.remark !== undefined && { remark: maskText(change.remark) }),
  }));
}

/** The same event, fit for a log. */
export function maskEvent(event: StepEvent): StepEvent {
  const texts = Object.entries(event).map(([key, member]) => [
    key,
    typeof member === 'string' ? maskText(member) : member,
  ]);
  return Object.fromEntries(texts) as StepEvent;
}
