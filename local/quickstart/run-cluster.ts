import { join } from 'node:path';
import { Interrupted } from '../../scripts/engine/errors.ts';
import { connectThroughKubernetes } from '../../scripts/kubernetes/connection.ts';
import { openKubeconfig } from '../../scripts/kubernetes/kubeconfig.ts';
import { provision } from '../../scripts/provisioning.ts';
import { endAbandoned, ensurePackages, up } from '../cluster/cluster.ts';
import { noteFootprint } from '../cluster/footprint.ts';
import { type ClusterLayout, nodeName } from '../cluster/layout.ts';
import { buildImages, type ImageTarget, loadImages } from '../images/images.ts';
import { ensureImagePackages } from '../images/packages.ts';
import { createPki } from '../pki/certificates.ts';
import { provisioningOf } from '../processes/provisioning.ts';
import { loadSecrets, subscriberOf } from '../processes/secrets.ts';
import { lockStateDirectory, prepareStateDirectory, type StateDirectory } from '../processes/state-directory.ts';
import { declareTrust } from '../processes/trust.ts';
import { ensureTool } from '../toolchain/build.ts';
import { showProgress } from '../toolchain/progress.ts';
import { findPulumi } from '../toolchain/pulumi.ts';
import { phases } from './phases.ts';
import { proveRegistration } from './prove.ts';
import { removeTornAttributes } from './pulumi-recovery.ts';
import { openPulumiStack, pulumiBackend, pulumiCommand } from './pulumi-stack.ts';
import { clusterSteps } from './report.ts';
import { describeRollout } from './rollout.ts';
import { adoptRotatedPasswords } from './rotated-passwords.ts';
import { stackValues } from './stack-values.ts';
import { type StackVariant, stackVariant } from './stack-variant.ts';

/** How the quick start was asked to run. */
export interface ClusterOptions {
  json: boolean;
  /** Provision by the stack's own Job. */
  job: boolean;
  /** What the stack is to be; what it is, when it is there already. */
  variant: Partial<StackVariant>;
  state: StateDirectory;
  /** The one-node cluster's place, when that is the one to use. */
  layout: ClusterLayout | undefined;
  /** A cluster of kind's by its context, when one was named. */
  kind: string | undefined;
  /** Asked before Debian packages are installed. */
  mayInstall?: (announcement: string) => Promise<boolean>;
  /** Ctrl-C. */
  signal: AbortSignal;
}

/** Where Register and recipient are, within the cluster. */
const registerUrl = 'https://register:8443';
const recipientUrl = 'https://recipient:8444';

/**
 * Deploys the stack `local` by Pulumi, provisions it through the Kubernetes API, registers the sample product and uses the
 * registration. May be interrupted anywhere and run again; everything keeps running when it is done.
 */
export async function runCluster(options: ClusterOptions): Promise<void> {
  const { json, job, state, layout, signal, mayInstall } = options;
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const began = performance.now();
  const target: ImageTarget = layout ? { cluster: layout } : { kind: options.kind ?? '' };
  const context = layout ? nodeName : `kind-${options.kind}`;
  const cluster = { context, kubeconfig: layout?.kubeconfig };
  // That there is no such cluster is said before images are built for it.
  if (!layout) openKubeconfig(cluster);
  say(
    `cdr-stack quick start on Kubernetes (context ${context}), deployed by Pulumi, with the emulator in place of WSO2's servers.`,
  );

  await prepareStateDirectory(state);
  const unlock = await lockStateDirectory(state);
  const phased = phases(say, signal);
  const { run, finished } = phased;
  const onProgress = showProgress();
  try {
    const variant = await stackVariant(state, options.variant);
    // Compilers want every core: one after another.
    const pulumi = await run('tools: Kubernetes and Pulumi', async () => {
      if (layout) for (const tool of ['kubernetes', 'addons'] as const) await ensureTool(tool, { onProgress, signal });
      // Within the state: a teardown is to leave nothing in the user's own ~/.pulumi either.
      return findPulumi({ home: join(state.path, 'pulumi-home'), onProgress, signal });
    });
    // One after another, before cluster and images are at work side by side: both need packages and note what they change.
    if (layout) {
      await run('machine prepared', async () => {
        // First, or the remains of a killed cluster would count as the machine's own, and stay for ever.
        await endAbandoned(layout, say);
        await ensurePackages(mayInstall ? { mayInstall } : {});
        await ensureImagePackages(say, variant.database === 'deployed');
        await noteFootprint(layout);
      });
    }
    const [images, , generated] = await run('cluster, images, certificates', () =>
      Promise.all([
        buildImages({ target, provisioning: job, postgres: variant.database === 'deployed' }),
        layout && up(layout, { signal, ...(mayInstall && { mayInstall }) }),
        loadSecrets(state.secretsFile),
        createPki(state.pki, { registerUrl }).then(() => declareTrust(state)),
      ]),
    );
    await run('images loaded', () => loadImages(images, { target }));

    const { stack, secrets } = await run('stack configured', async () => {
      await removeTornAttributes(pulumiBackend(state));
      const secrets = await adoptRotatedPasswords(pulumiCommand(state), state, generated);
      const values = await stackValues(state, secrets, images, cluster, variant);
      return { secrets, stack: await openPulumiStack(pulumi, state, secrets, values) };
    });
    await run(job ? 'pulumi up, provisioning with it' : 'pulumi up', () =>
      stack.up(join(state.logs, 'pulumi-up.log')).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await describeRollout(cluster)}`, { cause: error });
      }),
    );
    const outputs = await run('stack outputs', () => stack.outputs());
    const { namespace = '' } = outputs;
    const { connect, ledger } = await connectThroughKubernetes({ ...cluster, namespace });
    const provisioning = { ...(await provisioningOf({ state, secrets, outputs })), connect, ledger, signal };
    // After the Job there is nothing left to do: a plan says so.
    const provisioned = await run(job ? 'nothing left to provision' : 'provisioning', () =>
      provision({ ...provisioning, mode: job ? 'plan' : 'apply' }),
    );
    if (job && provisioned.changes.length > 0)
      throw new Error(
        `The Job has left ${provisioned.changes.map(({ resource }) => resource).join(', ')} to provision.`,
      );
    const issuer = outputs.identityServer.issuer ?? `${outputs.identityServer.url}/oauth2/token`;
    const { previous, registration, portal } = await proveRegistration(
      { outputs, pki: state.pki, subscriber: subscriberOf(secrets), recipientUrl, issuer, connect },
      phased,
    );
    const seconds = Math.round(performance.now() - began) / 1000;

    if (json) {
      const document = {
        mode: 'cluster',
        ...variant,
        seconds,
        phases: finished(),
        context,
        namespace,
        provisioning: {
          by: job ? 'job' : 'quickstart',
          changes: provisioned.changes.length,
          reads: provisioned.reads,
          writes: provisioned.writes,
        },
        previous: { removed: previous !== undefined, ...(previous === undefined ? {} : { status: previous }) },
        registration,
        portal,
        state: state.path,
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    }
    say(clusterSteps({ state, cluster, namespace, clientId: registration.client_id, portal, seconds }));
  } catch (error) {
    throw signal.aborted ? new Interrupted('Interrupted; run it again to go on.') : error;
  } finally {
    await unlock();
  }
}
