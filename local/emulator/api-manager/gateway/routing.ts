import { matchesTemplate, variablesIn } from '../../path-template.ts';
import type { DeployedApi, DeployedOperation } from './runtime.ts';

/** Where a request goes, or why it goes nowhere. */
export type Route =
  | { kind: 'operation'; api: DeployedApi; operation: DeployedOperation /** Below the context. */; resource: string }
  | { kind: 'no-api' }
  | { kind: 'no-tenant' }
  | { kind: 'no-resource'; api: DeployedApi }
  | { kind: 'method-not-allowed'; api: DeployedApi };

/** Finds the operation for a path (no query string); of several contexts or templates that fit, the most exact. */
export function route(apis: DeployedApi[], verb: string, path: string): Route {
  const [api] = apis
    .filter(({ context }) => path === context || path.startsWith(`${context}/`))
    .sort((one, other) => other.context.length - one.context.length);
  // The first tenant has no such address of its own: the product looks for it among the others, and fails.
  if (api === undefined) return { kind: /^\/t\/carbon\.super(\/|$)/.test(path) ? 'no-tenant' : 'no-api' };

  const resource = path.slice(api.context.length) || '/';
  const [exact, ...others] = api.operations
    .filter(({ target }) => matchesTemplate(target, resource))
    .sort((one, other) => variablesIn(one.target) - variablesIn(other.target));
  if (exact === undefined) return { kind: 'no-resource', api };
  const operation = [exact, ...others].find((candidate) => candidate.verb.toUpperCase() === verb.toUpperCase());
  return operation ? { kind: 'operation', api, operation, resource } : { kind: 'method-not-allowed', api };
}
