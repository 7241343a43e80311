/** Methods that OpenAPI 3.0 knows under a path. */
export const methods: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The operations of an OpenAPI document, named as API Manager names them. */
export function operationsIn(definition: unknown): { verb: string; target: string }[] {
  const paths = isObject(definition) && isObject(definition.paths) ? definition.paths : {};
  return Object.entries(paths).flatMap(([target, item]) =>
    isObject(item)
      ? methods.filter((method) => method in item).map((method) => ({ verb: method.toUpperCase(), target }))
      : [],
  );
}
