import { StepError } from '../engine/errors.ts';
import { watch } from '../engine/step.ts';
import { type NotYet, notYet, waitFor } from '../engine/wait.ts';
import type { ApiEnvironment, ApiManagerInstance } from '../environment.ts';
import { type MutualTlsAnswer, sendOverMutualTls } from '../mutual-tls.ts';
import { diagnose } from './probe-diagnosis.ts';

/**
 * The whole way, once: a request that is no registration, sent as a recipient would, is answered by dcr-service. It
 * registers nothing. Without a recipient's certificate the gateway must refuse the handshake, which shows that it asks
 * for one; that much is tried with one, too.
 */
export const probe = watch<ApiEnvironment>({
  name: 'probe',
  title: 'Registration endpoint answers',
  // A gateway (asked of 4.6.0) serves an API as soon as it has the deployment, published or not.
  needs: ['revision'],
  async verify(environment, task) {
    const { declared, instances, settleSeconds, probe: certificate } = environment;
    const probed = instances.flatMap((instance) => {
      const gateway = instances.length === 1 ? 'the gateway' : `the gateway of ${instance.name}`;
      const awaited = { for: `${gateway} to answer at ${declared.path}/register`, seconds: settleSeconds };
      const stranger = waitFor(task, awaited, async () => refusesStrangers(await knock(environment, instance, false)));
      const recipient =
        certificate &&
        waitFor(task, awaited, async () => {
          const answer = await knock(environment, instance, true);
          if (answer.kind === 'answered' && answer.status === 404) await refuseUndeployed(environment, instance);
          return diagnose(answer, environment);
        });
      return [stranger, recipient];
    });
    await Promise.all(probed);
  },
});

async function refuseUndeployed({ declared: { name, version } }: ApiEnvironment, { apiManager }: ApiManagerInstance) {
  if ((await apiManager.gateway.artifact(name, version)) !== null) return;
  throw new StepError(`API ${name} ${version} has no deployed revision on the gateway: the step revision deploys one.`);
}

function knock(
  { outputs, declared, probe: client, connect, onCall }: ApiEnvironment,
  { gatewayUrl }: ApiManagerInstance,
  shown: boolean,
): Promise<MutualTlsAnswer> {
  return sendOverMutualTls({
    method: 'POST',
    url: `${gatewayUrl}${declared.path}/register`,
    ca: outputs.trust.servers,
    client: shown ? client : undefined,
    headers: { 'Content-Type': 'application/jwt', Accept: 'application/json' },
    body: 'not.a.registration',
    connect,
    onCall,
  });
}

function refusesStrangers(answer: MutualTlsAnswer): true | NotYet {
  if (answer.kind === 'refused') return true;
  if (answer.kind === 'unreachable') return notYet(`nothing answers there (${answer.code})`);
  if (answer.kind === 'untrusted') {
    throw new StepError(
      `The gateway's certificate is not trusted here (${answer.code}): trust.servers in the outputs lacks its CA.`,
    );
  }
  throw new StepError(
    'The gateway answers callers that show no certificate. Its listener must require one: set ssl_verify_client = "require" in ' +
      "[keystore.listener_profile] of API Manager's deployment.toml, and restart it.",
  );
}
