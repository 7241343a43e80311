import { join } from 'node:path';
import { z } from 'zod';
import { runJudge } from './run-judge.ts';

const scoresSchema = z.array(
  z.object({
    type_meta: z.object({ kind: z.string() }),
    object_meta: z.object({ name: z.string() }),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

/** kube-score's lowest grade. */
const critical = 1;

/** A check that an object failed as badly as it can. */
export interface Critical {
  check: string;
  /** `Kind/name`; of a Job without the hash of what it works with. */
  object: string;
  /** Which containers, and why. */
  comments: string[];
}

/**
 * The objects of one stack, judged by what is good practice.
 * @param programs the directory with the program.
 * @param file YAML.
 * @param release of Kubernetes, as `1.34.4`: some of the checks depend on it.
 */
export async function criticalsOf(programs: string, file: string, release: string): Promise<Critical[]> {
  const version = `v${release.split('.').slice(0, 2).join('.')}`;
  // Annotations that silence a check would be reasons out of sight.
  const options = ['--disable-ignore-checks-annotations', '--output-format', 'json', '--kubernetes-version', version];
  const output = await runJudge(join(programs, 'kube-score'), ['score', ...options, file]);
  return scoresSchema.parse(JSON.parse(output)).flatMap(({ type_meta: { kind }, object_meta: { name }, checks }) =>
    checks
      .filter(({ grade, skipped }) => grade <= critical && !skipped)
      .map(({ check, comments }) => ({
        check: check.id,
        object: `${kind}/${name.replace(/-[0-9a-f]{12}$/, '')}`,
        comments: (comments ?? []).map(({ path, summary }) => [path, summary].filter(Boolean).join(': ')),
      })),
  );
}
