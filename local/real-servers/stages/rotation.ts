import assert from 'node:assert/strict';
import { connectApiManager } from '@cdr-stack/wso2';
import { rotateAdministrators } from '../../../scripts/rotation/administrators.ts';
import { standInForPulumi } from '../../flow/testing/stand-in-for-pulumi.ts';
import { provisioningOf } from '../../processes/provisioning.ts';
import { administrator, apiManagerAdministrator } from '../../processes/secrets.ts';
import { useRegistration } from '../../quickstart/sample-registration.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import { wso2Servers } from '../world.ts';

const settings = { 'api-manager': 'apiManagerPassword', 'identity-server': 'identityServerPassword' } as const;

export const rotation: Stage = {
  name: 'password rotation',
  shows: "Both administrators' passwords are changed, user store first; the old ones open nothing, and all goes on.",
  async run(world) {
    const clientId = await registered(world);
    const { outputs, secrets } = world.environment;
    const old = secrets.apiManagerPassword;
    const { apiManagerPassword, identityServerPassword, serviceUsers } = secrets;
    const given = { apiManagerPassword, identityServerPassword, serviceUsers: JSON.stringify(serviceUsers) };
    const pulumi = await standInForPulumi(outputs, given, async (targets) => {
      const changed = wso2Servers.filter((server) => targets.includes(`**:Deployment::${server}*`));
      const now = changed.map((server) => [
        settings[server],
        pulumi.settings.get(`cdr-stack:${settings[server]}`)?.value,
      ]);
      await world.stop(...changed);
      await world.prepare(Object.fromEntries(now));
      await world.start(...changed);
    });
    const { ledger } = await provisioningOf(world.environment);
    try {
      await rotateAdministrators({
        outputs,
        stack: { choice: { stack: 'local', variables: pulumi.variables }, administrator: undefined },
        servers: ['API Manager', 'Identity Server'],
        accounts: {},
        servicePath: apiManagerAdministrator(secrets).servicePath,
        supplied: undefined,
        ledger,
        mode: 'apply',
        timeoutSeconds: 1200,
      });
    } finally {
      await pulumi.close();
    }
    const access = { url: outputs.apiManager.url, ca: outputs.trust.servers };
    const withOld = connectApiManager(access, { username: administrator, password: old });
    await assert.rejects(withOld.admin.settings(), { code: 'unauthorized' });
    withOld.close();
    const { changes, writes } = await world.provision();
    assert.deepEqual([changes, writes], [[], 0]);
    const recipient = world.recipient();
    assert.equal(await useRegistration(recipient, clientId), 200);
    recipient.close();
    return { servers: 2, oldPassword: 'refused', writesAfterwards: writes };
  },
};
