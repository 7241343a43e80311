import assert from 'node:assert/strict';
import { administrator, apiManagerAdministrator } from '../../processes/secrets.ts';
import { allProbes } from '../../verification/probes/index.ts';
import { writeRecording } from '../../verification/recording.ts';
import { runProbes } from '../../verification/run.ts';
import { verifyingAgent } from '../../verification/servers.ts';
import type { Stage } from '../stage.ts';

export const probes: Stage = {
  name: 'probes',
  shows: 'Every fact that this project leans on is asked, and is as believed of these versions.',
  async run({ environment, versions, recordings }) {
    const { outputs, secrets } = environment;
    const account = (password: string) => ({ username: administrator, password });
    const agent = verifyingAgent(outputs.trust.servers);
    const servers = {
      apiManager: {
        url: outputs.apiManager.url,
        account: account(secrets.apiManagerPassword),
        servicePath: apiManagerAdministrator(secrets).servicePath,
        version: versions.apiManager,
      },
      identityServer: {
        url: outputs.identityServer.url,
        account: account(secrets.identityServerPassword),
        version: versions.identityServer,
      },
      agent,
    };
    try {
      const verdicts = await runProbes(allProbes, servers, { allowDestructive: true });
      const recordedOn = new Date().toISOString().slice(0, 10);
      for (const { id, product, found, exchanges } of recordings === undefined ? [] : verdicts) {
        if (recordings === undefined || found === undefined) continue;
        const version = product === 'api-manager' ? versions.apiManager : versions.identityServer;
        const recording = { probe: id, product: `${product} ${version}`, recordedOn, found, exchanges };
        writeRecording(recordings, product, version, recording);
      }
      const count = (outcome: string) => verdicts.filter((verdict) => verdict.outcome === outcome).length;
      const wrong = verdicts
        .filter(({ outcome }) => outcome === 'differs' || outcome === 'failed')
        .map(({ id, found, reason }) => `${id} (${reason ?? JSON.stringify(found)})`);
      assert.deepEqual(wrong, [], `${count('holds')} hold, otherwise than believed: ${wrong.join('; ')}`);
      return { holds: count('holds'), differs: 0, notAsked: count('skipped') };
    } finally {
      agent.destroy();
    }
  },
};
