import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { through } from '@cdr-stack/wso2';
import { parseOutputs } from '../../../programs/outputs.ts';
import { connectThroughKubernetes } from '../../../scripts/kubernetes/connection.ts';
import { openPki } from '../../pki/pki.ts';
import { seal } from '../../register/jwt.ts';
import { recipientClient } from '../../register/recipient-client.ts';
import { registrationRequest } from '../../register/registration-request.ts';
import { sampleProduct } from '../../register/sample-product.ts';
import { softwareStatement } from '../../register/software-statement.ts';
import { kubeconfig, runPulumi, state } from './environment.ts';

/** One registration of the stream. */
export interface Attempt {
  softwareId: string;
  /** When it was answered, or given up: `performance.now()`. */
  at: number;
  /** Of the answer; what became of the connection where there was none. */
  outcome: number | string;
  clientId: string | undefined;
}

export interface RegistrationStream {
  /** What has been tried so far, in the order of the answers. */
  readonly attempts: readonly Attempt[];
  /** Ends when what was under way has been answered. */
  stop(): Promise<void>;
  /** Sends a fresh request for a product that was tried before. */
  again(softwareId: string): Promise<{ status: number; data: unknown }>;
  /** The status of reading a registration with a token of its own. */
  read(clientId: string): Promise<number>;
  close(): void;
}

/** The most that one certificate may send is 300 requests a minute: these two a second leave room for what is read afterwards. */
const lanes = 2;
const pauseMs = 1000;

/** Recipients that register one new software product after another through the gateway, as long as they are let. */
export async function startRegistrationStream(recipientUrl: string): Promise<RegistrationStream> {
  const outputs = parseOutputs(JSON.parse(await runPulumi('stack', 'output', '--json')));
  const { connect } = await connectThroughKubernetes({ context: 'cdr-stack', kubeconfig, namespace: 'cdr-local' });
  const { registerSigning, recipientSigning } = (await openPki(state.pki)).signers;
  const issuer = outputs.identityServer.issuer ?? `${outputs.identityServer.url}/oauth2/token`;
  const recipient = recipientClient({
    pki: state.pki,
    ca: outputs.trust.servers,
    recipientUrl,
    gatewayUrl: outputs.apiManager.gatewayUrl,
    issuer,
    tunnel(agent) {
      // Through the tunnel a kept connection that the gateway has closed for idleness looks open for a moment: a request would be lost on it.
      agent.maxFreeSockets = 0;
      return through(agent, connect);
    },
  });

  const request = (softwareId: string) => {
    const product = { ...sampleProduct(recipientUrl), softwareId };
    const statement = seal(softwareStatement(product, registerSigning));
    const { redirectUris } = product;
    return seal(registrationRequest({ softwareId, redirectUris, statement, audience: issuer }, recipientSigning));
  };
  const attempts: Attempt[] = [];
  let goesOn = true;

  async function register(): Promise<void> {
    const softwareId = randomUUID();
    const answer = await recipient.register(request(softwareId)).catch((error: Error) => error);
    const at = performance.now();
    attempts.push(
      answer instanceof Error
        ? { softwareId, at, outcome: answer.message, clientId: undefined }
        : { softwareId, at, outcome: answer.status, clientId: answer.data?.client_id },
    );
  }
  const lane = async () => {
    while (goesOn) await Promise.all([register(), delay(pauseMs)]);
  };
  const running = Promise.all(Array.from({ length: lanes }, lane));

  return {
    attempts,
    async stop() {
      goesOn = false;
      await running;
    },
    again: (softwareId) => recipient.register(request(softwareId)),
    read: async (clientId) => (await recipient.read(clientId, await recipient.accessToken(clientId))).status,
    close: recipient.close,
  };
}
