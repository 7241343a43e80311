import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type GenerationName, generations } from '../../programs/products.ts';
import { InvocationError } from '../../scripts/engine/errors.ts';
import type { StateDirectory } from '../processes/state-directory.ts';

/** What a stack of the quick start is for good: what its databases hold is of no use to another. */
export interface StackVariant {
  generation: GenerationName;
  database: 'embedded' | 'deployed';
}

const stackFile = z.object({
  config: z.looseObject({
    'cdr-stack:generation': z.enum(Object.keys(generations) as [GenerationName]).default('4.7'),
    'cdr-stack:database': z.enum(['embedded', 'deployed']).default('embedded'),
  }),
});

/**
 * The variant of the existing stack, or of a new one: as requested, by default 4.7 and embedded; the accelerator of 4.2 needs a database
 * that both servers share.
 *
 * @throws {InvocationError} if the existing stack is of another variant, or the requested combination is impossible.
 */
export async function stackVariant(state: StateDirectory, asked: Partial<StackVariant>): Promise<StackVariant> {
  const present = await presentVariant(state);
  const generation = asked.generation ?? present?.generation ?? '4.7';
  const { accelerator } = generations[generation];
  const database = asked.database ?? present?.database ?? (accelerator ? 'deployed' : 'embedded');
  if (accelerator && database === 'embedded') {
    throw new InvocationError(
      `Generation ${generation} needs a database that both servers share: leave out --database, or use --database deployed.`,
    );
  }
  if (present && (present.generation !== generation || present.database !== database)) {
    throw new InvocationError(
      `${state.path} holds a stack of generation ${present.generation} with database ${present.database}, whose data another variant cannot use: ` +
        'run npm run teardown first, or give this one a directory of its own with CDR_STACK_STATE_DIR.',
    );
  }
  return { generation, database };
}

/** As the working copy of the stack's file has it. */
async function presentVariant({ path }: StateDirectory): Promise<StackVariant | undefined> {
  const file = join(path, 'project', 'stacks', 'Pulumi.local.yaml');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { config } = stackFile.parse(parse(text));
  return { generation: config['cdr-stack:generation'], database: config['cdr-stack:database'] };
}
