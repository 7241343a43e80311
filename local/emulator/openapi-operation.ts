import { OpenAPIValidator } from 'openapi-backend';
import type { Node, Table } from './openapi-file.ts';

type Definition = ConstructorParameters<typeof OpenAPIValidator>[0]['definition'];

/** What does not fit a definition: where, and what is asked there. Never a value, as those may be secret. */
export interface Misfit {
  at: string;
  message: string;
}

/** One operation as a judge of what is sent and answered. */
export interface JudgedOperation {
  declares(status: number): boolean;
  request(request: { path: string; query: Table; headers: Table; body: unknown }): Misfit[];
  response(status: number, body: unknown): Misfit[];
}

/** Makes a judge of an operation of OpenAPI 3.0 or Swagger 2.0, all references resolved. */
export function judgedOperation(template: string, verb: string, definition: Table): JudgedOperation {
  const operation = { ...('swagger' in definition ? definition : asOpenApi3(definition)), operationId: 'judged' };
  const validator = new OpenAPIValidator({
    // Only this operation: everything else would be compiled for nothing.
    definition: {
      openapi: '3.0.3',
      info: { title: template, version: '1' },
      paths: { [template]: { [verb.toLowerCase()]: operation } },
    } as unknown as Definition,
    lazyCompileValidators: true,
    coerceTypes: true,
    ajvOpts: { strict: false, validateFormats: false, allErrors: true, logger: false },
  });
  const responses = (definition.responses ?? {}) as Table;
  return {
    declares: (status) => String(status) in responses,
    request({ path, query, headers, body }) {
      const sent = { method: verb, path, query, headers, body } as Parameters<typeof validator.validateRequest>[0];
      return misfits(validator.validateRequest(sent, 'judged').errors);
    },
    response: (status, body) => misfits(validator.validateResponse(body, 'judged', status).errors),
  };
}

function misfits(errors: { instancePath: string; message?: string; params: object }[] | null | undefined): Misfit[] {
  return (errors ?? []).map(({ instancePath, message = 'does not fit', params }) => {
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    return { at: instancePath || '/', message: extra === undefined ? message : `${message}: ${extra}` };
  });
}

/** Converts body, types and responses of Swagger 2.0; an operation of OpenAPI 3.0 is returned unchanged. */
function asOpenApi3(operation: Table): Table {
  const parameters = ((operation.parameters ?? []) as Table[]).map((parameter) => {
    const { type, format, enum: values, ...rest } = parameter;
    return type === undefined ? parameter : { ...rest, schema: { type, format, ...(values ? { enum: values } : {}) } };
  });
  const body = parameters.find((parameter) => (parameter as Table).in === 'body') as Table | undefined;
  const responses = Object.entries((operation.responses ?? {}) as Record<string, Table>).map(([status, response]) => {
    const { schema, ...rest } = response;
    return [status, schema === undefined ? response : { ...rest, content: json(schema) }];
  });
  return {
    ...operation,
    parameters: parameters.filter((parameter) => parameter !== body),
    ...(body ? { requestBody: { required: body.required, content: json(body.schema) } } : {}),
    responses: Object.fromEntries(responses) as Table,
  };
}

function json(schema: Node): Table {
  return { 'application/json': { schema } };
}
