import { join } from 'node:path';
import { z } from 'zod';
import { schemaFileTemplate } from './json-schema.ts';
import { runJudge } from './run-judge.ts';
import type { kubernetesReleases } from './schema-cache.ts';

const verdictsSchema = z.object({
  resources: z.array(
    z.object({
      filename: z.string(),
      kind: z.string(),
      name: z.string(),
      /** `statusValid`, or else what is wrong is in `msg`. */
      status: z.string(),
      msg: z.string(),
    }),
  ),
});

/** What kubeconform says of one object. */
export type Verdict = z.output<typeof verdictsSchema>['resources'][number];

export interface Conformity {
  /** The directory with the program. */
  programs: string;
  /** That of schema-cache.ts. */
  schemas: string;
  release: (typeof kubernetesReleases)[number];
  /** YAML files. */
  files: readonly string[];
}

/** Judges every object by the schema of its kind: strictly, and one without a schema is wrong, too. */
export async function judgeBySchema({ programs, schemas, release, files }: Conformity): Promise<Verdict[]> {
  const locations = [release, 'custom-resources'].flatMap((folder) => [
    '-schema-location',
    join(schemas, folder, schemaFileTemplate),
  ]);
  const args = ['-strict', '-verbose', '-output', 'json', ...locations, ...files];
  return verdictsSchema.parse(JSON.parse(await runJudge(join(programs, 'kubeconform'), args))).resources;
}
