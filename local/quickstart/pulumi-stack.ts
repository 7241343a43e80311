import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { $ } from 'zx';
import { parseOutputs, type StackOutputs } from '../../programs/outputs.ts';
import type { Secrets } from '../processes/secrets.ts';
import type { StateDirectory } from '../processes/state-directory.ts';
import type { PulumiCommand } from '../toolchain/pulumi.ts';
import { endPlugins } from './pulumi-plugins.ts';
import { hasPendingOperations, hasStaleLock, removeOrphans } from './pulumi-recovery.ts';
import { forgetStackFile, noteStackFile } from './rotated-passwords.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stack = 'local';

/** What the working copy of the stack's file gets beyond what stacks/ declares. */
export interface StackValues {
  plain: Record<string, string>;
  /** Encrypted in the file. */
  secret: Record<string, string>;
}

/** Where the executable that runs Pulumi on the quick start's stack is. */
export const pulumiCommand = (state: StateDirectory) => join(state.path, 'pulumi-local');

/** Where the stack's state is: Pulumi's file backend. */
export const pulumiBackend = (state: StateDirectory) => join(state.path, 'pulumi');

/** A stack whose file is a working copy and whose state is in the state directory: git sees nothing of it. */
export interface PulumiStack {
  /** Deploys. Throws with Pulumi's last words; all of them are in the log. */
  up(log: string): Promise<void>;
  outputs(): Promise<StackOutputs>;
}

/**
 * Prepares the stack `local` for Pulumi, and cleans up after a killed Pulumi: its lock, pending operations, and objects that it could not
 * record.
 */
export async function openPulumiStack(
  pulumi: PulumiCommand,
  state: StateDirectory,
  secrets: Secrets,
  values: StackValues,
): Promise<PulumiStack> {
  const project = join(state.path, 'project');
  const backend = pulumiBackend(state);
  const file = join(project, 'stacks', `Pulumi.${stack}.yaml`);
  // Each time that it starts, the Kubernetes provider writes the kubeconfig, the administrator's key with it, to a new temporary
  // file and leaves it there. In here it goes with the next operation, or at the latest with the state directory.
  const temporary = join(state.path, 'pulumi-tmp');
  const places = { PULUMI_BACKEND_URL: `file://${backend}`, TMPDIR: temporary };
  const run = $({
    cwd: root,
    quiet: true,
    env: { ...pulumi.env, ...places, PULUMI_CONFIG_PASSPHRASE: secrets.stackPassphrase },
  });
  const inProject = ['-C', project, '--stack', stack, '--non-interactive'];
  const inPlace = ['-C', root, '--stack', stack, '--non-interactive', '--config-file', file];

  const directories = [join(project, 'stacks'), backend, temporary];
  await Promise.all(directories.map((directory) => mkdir(directory, { recursive: true })));
  await cp(join(root, 'Pulumi.yaml'), join(project, 'Pulumi.yaml'));
  await writeCommand();
  await configure();
  await heal();

  return {
    up: (log) => operate(['up', '--yes', '--skip-preview', ...inPlace], log),
    async outputs() {
      const { stdout } = await run`${pulumi.file} stack output --json ${inProject}`;
      return parseOutputs(JSON.parse(stdout));
    },
  };

  /** Pulumi on this stack, as an executable of its own: for a person, and for `npm run provision` (CDR_STACK_PULUMI). */
  async function writeCommand(): Promise<void> {
    const passphrase = join(state.path, 'passphrase');
    await writeFile(passphrase, secrets.stackPassphrase, { mode: 0o600 });
    const needed = ['PATH', 'PULUMI_HOME', 'CDR_STACK_NODE', 'CDR_STACK_LANGUAGE_HOST'];
    const env = {
      ...Object.fromEntries(needed.flatMap((name) => (pulumi.env[name] ? [[name, pulumi.env[name]]] : []))),
      ...places,
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
    const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
    const script = `#!/bin/sh
${exports.join('')}case \${1:-} in
  # These run the program, which is in the checkout and reads paths beside it; all others want Pulumi.yaml and the stack's file together.
  up | preview | refresh | destroy)
    operation=$1
    shift
    exec '${pulumi.file}' "$operation" -C '${root}' --stack ${stack} --config-file '${file}' "$@"
    ;;
esac
exec '${pulumi.file}' -C '${project}' "$@"
`;
    await writeFile(pulumiCommand(state), script, { mode: 0o700 });
  }

  /** Writes the file anew when what it is made of changed: encrypting takes Pulumi a second for each secret. */
  async function configure(): Promise<void> {
    const declared = await readFile(join(root, 'stacks', `Pulumi.${stack}.yaml`), 'utf8');
    const content = createHash('sha256')
      .update(JSON.stringify([declared, values]))
      .digest('hex');
    const mark = join(project, 'content');
    if ((await readFile(mark, 'utf8').catch(() => '')) === content) return;
    await forgetStackFile(project);
    const document = parseDocument(declared);
    for (const [key, value] of Object.entries(values.plain)) document.setIn(['config', key], value);
    await writeFile(file, document.toString(), { mode: 0o600 });
    await run`${pulumi.file} stack select ${stack} --create --secrets-provider passphrase -C ${project} --non-interactive`;
    for (const [key, value] of Object.entries(values.secret)) {
      await run({ input: value })`${pulumi.file} config set --secret ${key} ${inProject}`;
    }
    await noteStackFile(project, file);
    await writeFile(mark, content);
  }

  async function heal(): Promise<void> {
    const stateFile = join(backend, '.pulumi', 'stacks', 'cdr-stack', `${stack}.json`);
    const cutOff = await hasStaleLock(backend);
    if (cutOff) await endPlugins(backend);
    if (cutOff) await run`${pulumi.file} cancel --yes ${inProject}`;
    const pending = await hasPendingOperations(stateFile);
    if (pending) await run`${pulumi.file} refresh --yes --skip-preview --clear-pending-creates ${inPlace}`;
    const { 'kubernetes:context': context = '', 'kubernetes:kubeconfig': kubeconfig } = values.plain;
    if (cutOff || pending) await removeOrphans(stateFile, { context, kubeconfig, namespace: `cdr-${stack}` });
  }

  async function operate(args: string[], log: string): Promise<void> {
    const result = await run({ nothrow: true })`${pulumi.file} ${args}`;
    await writeFile(log, result.stdall, { mode: 0o600 });
    await Promise.all((await readdir(temporary)).map((name) => rm(join(temporary, name), { recursive: true })));
    if (result.exitCode === 0) return;
    const lastWords = result.stdall.trim().split('\n').slice(-25).join('\n');
    throw new Error(`pulumi ${args[0]} failed (exit code ${result.exitCode}); its log is ${log}\n${lastWords}`);
  }
}
