import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OPENAPI_EXCEPTIONS, type OpenApiException } from './openapi-exceptions.ts';
import { type OpenApiFile, openOpenApiFile, type Table } from './openapi-file.ts';
import { type JudgedOperation, judgedOperation, type Misfit } from './openapi-operation.ts';
import { matchesTemplate } from './path-template.ts';

/** Compares traffic with API Manager's own REST definitions, written by neither side of our tests. */
export interface Judge {
  /** `path` without its query string; `body` parsed, files of a multipart form as Buffers. */
  request(method: string, path: string, query: unknown, headers: unknown, body: unknown): void;
  response(method: string, path: string, status: number, body: unknown): void;
}

/** One line of the violations file. */
export interface Violation {
  at: string;
  side: 'request' | 'response';
  operation: string;
  path: string;
  status?: number;
  misfits: Misfit[];
}

const AREAS: Record<string, string> = {
  '/api/am/publisher/v4': 'publisher.yaml',
  '/api/am/admin/v4': 'admin.yaml',
  '/api/am/devportal/v3': 'devportal.yaml',
  '/api/am/gateway/v2': 'gateway.yaml',
};

/**
 * Opens WSO2's definitions (`directory/<version>/*.yaml`). Violations that are not in the table of exceptions are appended to
 * `violationsFile`, one JSON line each; without violations the file exists and is empty. `openapi-exceptions.ndjson` beside it lists the
 * exceptions that were needed, one line each. Throws when a definition is missing.
 */
export function openJudge(directory: string, violationsFile: string, version = '4.7.0'): Judge {
  for (const file of Object.values(AREAS)) {
    const path = join(directory, version, file);
    if (!existsSync(path))
      throw new Error(`${path} is missing: WSO2_OPENAPI_DIR must hold the folder ${version} with WSO2's definitions.`);
  }
  mkdirSync(dirname(violationsFile), { recursive: true });
  writeFileSync(violationsFile, '', { flag: 'a' });
  const usedFile = join(dirname(violationsFile), 'openapi-exceptions.ndjson');
  const used = new Set<OpenApiException>();
  const use = (exception: OpenApiException | undefined) => {
    if (exception === undefined || used.has(exception)) return exception;
    used.add(exception);
    appendFileSync(usedFile, `${JSON.stringify(OPENAPI_EXCEPTIONS.indexOf(exception))}\n`);
    return exception;
  };
  const files = new Map<string, OpenApiFile>();
  const operations = new Map<string, JudgedOperation>();

  const find = (
    method: string,
    path: string,
  ): { name: string; operation: JudgedOperation; below: string } | undefined => {
    const area = Object.keys(AREAS).find((base) => path.startsWith(`${base}/`));
    if (area === undefined) return undefined;
    const file = files.get(area) ?? openOpenApiFile(join(directory, version, AREAS[area] ?? ''));
    files.set(area, file);
    const below = path.slice(area.length);
    const template = file.paths.find(
      (candidate) => matchesTemplate(candidate, below) && method.toLowerCase() in file.path(candidate),
    );
    if (template === undefined) return undefined;
    const key = `${method} ${area}${template}`;
    const operation = operations.get(key) ?? judgedOperation(template, method, inherited(file.path(template), method));
    operations.set(key, operation);
    return { name: `${method} ${template}`, operation, below };
  };

  const report = (violation: Omit<Violation, 'at'>) => {
    if (violation.misfits.length === 0) return;
    appendFileSync(violationsFile, `${JSON.stringify({ at: new Date().toISOString(), ...violation })}\n`);
  };

  return {
    request(method, path, query, headers, body) {
      const found = find(method, path);
      if (found === undefined) {
        const misfits = [{ at: '/', message: `no operation of API Manager is ${method} ${path}` }];
        return report({ side: 'request', operation: '', path, misfits });
      }
      const { name, operation, below } = found;
      const sent = { path: below, query: { ...(query as Table) }, headers: headers as Table, body: withoutFiles(body) };
      const misfits = operation.request(sent).filter((misfit) => use(excepting(name, 'request', misfit)) === undefined);
      report({ side: 'request', operation: name, path, misfits });
    },
    response(method, path, status, body) {
      const found = find(method, path);
      // A request that fits no operation has been reported; there is nothing to hold its answer against.
      if (found === undefined) return;
      const { name, operation } = found;
      const exception = operation.declares(status) ? undefined : use(statusException(name, status));
      const declared = exception?.status?.judgedAs ?? status;
      const misfits =
        operation.declares(declared) || exception !== undefined
          ? operation
              .response(declared, body)
              .filter((misfit) => use(excepting(name, 'response', misfit)) === undefined)
          : [{ at: '/', message: `the status ${status} is not declared` }];
      report({ side: 'response', operation: name, path, status, misfits });
    },
  };
}

/** Parameters of a path belong to each of its operations. */
function inherited(path: Table, method: string): Table {
  const operation = path[method.toLowerCase()] as Table;
  const shared = (path.parameters ?? []) as Table[];
  return shared.length === 0
    ? operation
    : { ...operation, parameters: [...shared, ...((operation.parameters ?? []) as Table[])] };
}

function statusException(operation: string, status: number): OpenApiException | undefined {
  const candidates = OPENAPI_EXCEPTIONS.filter((exception) => exception.status?.answered === status);
  const ruleFor = (name: string) => candidates.find((exception) => exception.operation === name);
  return ruleFor(operation) ?? ruleFor('*');
}

function excepting(operation: string, side: Violation['side'], { at, message }: Misfit): OpenApiException | undefined {
  return OPENAPI_EXCEPTIONS.find(
    (exception) =>
      exception.differs?.test(`${at} ${message}`) === true &&
      (exception.side === side || exception.side === 'both') &&
      (exception.operation === operation || exception.operation === '*'),
  );
}

/** Definitions call a file a string. */
function withoutFiles(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, Buffer.isBuffer(value) ? '' : value]));
}
