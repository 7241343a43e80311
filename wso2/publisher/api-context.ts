/**
 * An API's context without its version: the server takes `/open-banking/{version}`, gives back `/open-banking`,
 * and its developer portal shows `/open-banking/0.2`.
 */
export function normaliseContext(context: string, version: string): string {
  for (const ending of ['/{version}', `/${version}`]) {
    if (context.endsWith(ending)) return context.slice(0, -ending.length);
  }
  return context;
}
