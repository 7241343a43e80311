import { type Change, type FieldChange, masked } from './change.ts';

const sign = { create: '+', update: '~', remove: '-' } as const;

/** Last line of defence: a step masks its own secrets, and a field that is named like one is masked whatever the step did. */
const namedLikeASecret = /(password|secret|credential)[^.]*$/i;

function maskField(field: FieldChange): FieldChange {
  if (!namedLikeASecret.test(field.path)) return field;
  return {
    path: field.path,
    ...('before' in field ? { before: masked } : {}),
    ...('after' in field ? { after: masked } : {}),
  };
}

/** The same changes, fit to be printed. */
export function maskSecrets(changes: readonly Change[]): Change[] {
  return changes.map((change) => ({ ...change, fields: change.fields.map(maskField) }));
}

const show = (value: unknown) => (value === masked ? masked : JSON.stringify(value));

function renderField(field: FieldChange): string {
  const { path, before, after } = maskField(field);
  if (before === undefined) return `    + ${path}: ${show(after)}`;
  if (after === undefined) return `    - ${path}: ${show(before)}`;
  if (before === masked && after === masked) return `    ~ ${path}: ${masked} -> ${masked} (another value)`;
  return `    ~ ${path}: ${show(before)} -> ${show(after)}`;
}

/** A field-level diff for a person: `~ tokenEndpoint: "a" -> "b"`. */
export function renderChanges(changes: readonly Change[]): string {
  return changes
    .flatMap(({ action, resource, fields, remark, cause }) => [
      `${sign[action]} ${resource}${cause ? ` (${cause})` : ''}`,
      ...(remark ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => `    ! ${line}`),
      ...fields.map(renderField),
    ])
    .join('\n');
}
