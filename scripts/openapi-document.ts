import { z } from 'zod';

const validationErrors = z.array(z.looseObject({ instancePath: z.string(), message: z.string().default('is wrong') }));

/** In what a document is not valid OpenAPI 3.0, one line for each fault. */
export async function openApiFaults(document: object): Promise<string[]> {
  // It takes longer to load than a plan to make: only who checks a document waits for it.
  const { OpenAPIBackend } = await import('openapi-backend');
  const copy = structuredClone(document) as ConstructorParameters<typeof OpenAPIBackend>[0]['definition'];
  try {
    const backend = new OpenAPIBackend({ definition: copy });
    await backend.loadDocument();
    backend.validateDefinition();
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return readErrors(said.slice(said.indexOf('\n') + 1)) ?? [said];
  }
}

function readErrors(json: string): string[] | undefined {
  try {
    const lines = validationErrors.parse(JSON.parse(json)).map(({ instancePath, message }) => {
      const place = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
      return `${place || 'the document'} ${message}`;
    });
    return [...new Set(lines)];
  } catch {
    return undefined;
  }
}
