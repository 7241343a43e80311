import { Wso2Error } from '@cdr-stack/wso2';
import { StepError } from '../engine/errors.ts';
import { watch } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { declaredKeyManager } from './key-manager-body.ts';
import { lookAtPeer } from './peer-certificate.ts';

/** API Manager itself fetches the Identity Server's well-known document, by its own truststore. */
export const discovery = watch<Environment>({
  name: 'discovery',
  title: 'API Manager trusts Identity Server',
  needs: ['servers'],
  async look(environment) {
    const { wellKnownEndpoint, type } = await declaredKeyManager(environment);
    try {
      const { valid } = await environment.apiManager.admin.discover(wellKnownEndpoint, type);
      if (valid) return;
    } catch (error) {
      if (!(error instanceof Wso2Error) || !mayBeDistrust.has(error.code)) throw error;
      throw new StepError(await diagnosis(wellKnownEndpoint, environment), { cause: error });
    }
    throw new StepError(await diagnosis(wellKnownEndpoint, environment));
  },
});

const mayBeDistrust = new Set(['server-error', 'rejected', 'not-found', 'unexpected-answer']);

async function diagnosis(wellKnown: string, { outputs, connect }: Environment): Promise<string> {
  const peer = await lookAtPeer(wellKnown, outputs.trust.servers, connect);
  const failed = `API Manager could not fetch ${wellKnown}`;
  if (!peer) return `${failed}; neither can this machine reach it. Check the address and the network between the two.`;
  return (
    `${failed}, though this machine reaches it. Most likely API Manager's client truststore ([truststore] in its deployment.toml) ` +
    `lacks the CA of the Identity Server's certificate: ${peer.issuer}. Add it there and restart API Manager, which reads the store once.`
  );
}
