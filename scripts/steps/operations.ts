/** Methods that OpenAPI 3.0 knows under a path. */
export const methods: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The operations of an OpenAPI document, named as API Manager names them. */
export function operationsIn(definition: unknown): { verb: string; target: string; authType: string | undefined }[] {
  const paths = isObject(definition) && isObject(definition.paths) ? definition.paths : {};
  return Object.entries(paths).flatMap(([target, item]) =>
    isObject(item)
      ? methods.flatMap((method) => {
          const operation = item[method];
          if (operation === undefined) return [];
          const authType = isObject(operation) ? operation['x-auth-type'] : undefined;
          return [
            { verb: method.toUpperCase(), target, authType: typeof authType === 'string' ? authType : undefined },
          ];
        })
      : [],
  );
}
