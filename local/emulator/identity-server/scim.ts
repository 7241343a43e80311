import { z } from 'zod';

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** A SCIM 2.0 list (RFC 7644, 3.4.2); an empty one has no `Resources`. */
export const scimList = (Resources: readonly object[]) => ({
  schemas: [LIST],
  totalResults: Resources.length,
  startIndex: 1,
  itemsPerPage: Resources.length,
  ...(Resources.length > 0 && { Resources }),
});

/** A SCIM 2.0 error (RFC 7644, 3.12). */
export const scimError = (status: number, detail: string, scimType?: string) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  ...(scimType === undefined ? {} : { scimType }),
  detail,
});

/** The value that a filter `member eq value` asks for, or undefined when the filter says something else. */
export function equalityFilter(filter: string, member: string): string | undefined {
  const [, name, value] = /^(\w+)\s+eq\s+"?(.+?)"?$/i.exec(filter.trim()) ?? [];
  return name?.toLowerCase() === member.toLowerCase() ? value : undefined;
}

/** The body of a search by POST (RFC 7644, 3.4.3). */
export const Search = z.looseObject({ filter: z.string().optional() });

/** The body of a PATCH (RFC 7644, 3.5.2), with verbs in any case, as clients write them. */
export const Patch = z.looseObject({
  Operations: z
    .array(
      z.looseObject({
        op: z
          .string()
          .toLowerCase()
          .pipe(z.enum(['add', 'replace', 'remove'])),
        path: z.string().optional(),
        value: z.unknown().optional(),
      }),
    )
    .min(1),
});

export type PatchOperation = z.output<typeof Patch>['Operations'][number];

/** What an operation says of a member: by its path, or within its value when it has no path. */
export function valueFor({ path, value }: PatchOperation, member: string): unknown {
  if (path !== undefined) return path === member ? value : undefined;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined;
}

/** A multi-valued member after the operations; elements are known by their `value`. */
export function patchedValues<T extends { value: string }>(
  current: readonly T[],
  operations: readonly PatchOperation[],
  member: string,
  element: z.ZodType<T>,
): T[] {
  let values = [...current];
  for (const operation of operations) {
    const [, filtered] = new RegExp(`^${member}\\[value eq "?(.+?)"?\\]$`).exec(operation.path ?? '') ?? [];
    if (operation.op === 'remove') {
      if (filtered !== undefined) values = values.filter(({ value }) => value !== filtered);
      else if (operation.path === member) values = [];
      continue;
    }
    const given = valueFor(operation, member);
    if (given === undefined) continue;
    const parsed = z.array(element).parse(given);
    const added = parsed.filter(({ value }) => !values.some((held) => held.value === value));
    values = operation.op === 'add' ? [...values, ...added] : parsed;
  }
  return values;
}
