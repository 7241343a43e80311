import { type Change, type FieldChange, masked } from './change.ts';
import { maskSecrets } from './mask.ts';

const sign = { create: '+', update: '~', remove: '-' } as const;

const show = (value: unknown) => (value === masked ? masked : JSON.stringify(value));

function renderField({ path, before, after }: FieldChange): string {
  if (before === undefined) return `    + ${path}: ${show(after)}`;
  if (after === undefined) return `    - ${path}: ${show(before)}`;
  // What differs is masked.
  const another = show(before) === show(after) ? ' (another value)' : '';
  return `    ~ ${path}: ${show(before)} -> ${show(after)}${another}`;
}

/** A field-level diff for a person: `~ tokenEndpoint: "a" -> "b"`. */
export function renderChanges(changes: readonly Change[]): string {
  return maskSecrets(changes)
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
