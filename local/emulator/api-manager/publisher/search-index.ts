import { isDeepStrictEqual } from 'node:util';
import type { Propagation } from '../propagation.ts';
import type { Quirks } from '../quirks.ts';
import type { Api, Store } from '../store.ts';
import { shownContext } from './api-context.ts';

/**
 * The index behind every list of APIs: it learns of a change only after a while. It needs no event for that, but looks into the
 * database from time to time; here, when somebody asks it.
 */
export interface SearchIndex {
  /** APIs whose members contain what the query says; all of them for an empty query. */
  find(query: string): Api[];
  announce(apiId: string): void;
}

export function loadSearchIndex(store: Store, propagation: Propagation, quirks: Quirks): SearchIndex {
  const indexed = new Map(store.apis.list().map((api) => [api.object.id, api]));
  const announce = (apiId: string) => {
    propagation.after(quirks.searchDelayMs, () => {
      const api = store.apis.get(apiId);
      if (api === undefined) indexed.delete(apiId);
      else indexed.set(apiId, api);
    });
  };
  return {
    find(query) {
      for (const apiId of changedElsewhere()) announce(apiId);
      return [...indexed.values()].filter((api) => matches(api, query));
    },
    announce,
  };

  /** What another instance has written to the database, too. */
  function changedElsewhere(): string[] {
    const stored = new Map(store.apis.list().map((api) => [api.object.id, api]));
    return [...new Set([...stored.keys(), ...indexed.keys()])].filter(
      (id) => !isDeepStrictEqual(stored.get(id), indexed.get(id)),
    );
  }
}

/** `name:X version:Y`, both contains matches; a bare word looks into the name. Names with spaces come quoted. */
function matches({ object }: Api, query: string): boolean {
  const members: Record<string, string> = {
    name: object.name,
    version: object.version,
    context: shownContext(object.context),
    provider: object.provider ?? '',
    status: object.lifeCycleStatus,
    tag: object.tags.join(' '),
  };
  const terms = query.match(/(?:\w+:)?(?:"[^"]*"|\S+)/g) ?? [];
  return terms.every((term) => {
    const [, member = 'name', value = ''] = /^(?:(\w+):)?"?(.*?)"?$/.exec(term) ?? [];
    return (members[member] ?? '').toLowerCase().includes(value.toLowerCase());
  });
}
