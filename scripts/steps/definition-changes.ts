import type { DeclaredApi } from '../declared-api.ts';
import { type FieldChange, fieldChanges } from '../engine/change.ts';
import { comparable } from './comparable-definition.ts';
import { operationsIn } from './operations.ts';

type Json = Record<string, unknown>;
type DeclaredDefinition = Pick<DeclaredApi, 'name' | 'version' | 'definition'>;

/** API Manager writes its own into these whatever was imported. */
const serverOwned = ['servers', 'security', 'x-wso2-basePath'];

/**
 * In what the stored OpenAPI document differs from the declared one. The server adds members of its own (x-throttling-tier,
 * a default security scheme), so what is declared must be there; of paths and operations there may be no others.
 */
export function definitionChanges(stored: unknown, api: DeclaredDefinition): FieldChange[] {
  const declared: Json = api.definition;
  const compared = Object.fromEntries(Object.entries(declared).filter(([member]) => !serverOwned.includes(member)));
  const fields = fieldChanges(comparable(stored, api), comparable(compared, api) as Json);
  return [...fields, ...extraOperations(stored, declared)];
}

function extraOperations(stored: unknown, declared: Json): FieldChange[] {
  const wanted = new Set(operationsIn(declared).map(nameOf));
  return operationsIn(stored)
    .map(nameOf)
    .filter((operation) => !wanted.has(operation))
    .map((operation) => ({ path: `operation ${operation}`, before: 'not declared' }));
}

const nameOf = ({ verb, target }: { verb: string; target: string }) => `${verb} ${target}`;
