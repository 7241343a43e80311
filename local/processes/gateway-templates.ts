import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';

const initScripts = fileURLToPath(new URL('../../programs/init', import.meta.url));

/** Templates of API Manager's home that the init steps change. */
export const gatewayTemplates = {
  api: 'repository/resources/api_templates/velocity_template.xml',
  listenerProfile: 'repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2',
} as const;

/** Sequences of API Manager's home that the init steps change. */
export const gatewaySequences = 'repository/deployment/server/synapse-configs/default/sequences';

/** The same init steps that run in API Manager's pod. */
export async function prepareGatewayTemplates(
  home: string,
  recipientsTruststore: string,
  dcrService: string,
): Promise<void> {
  const [apiTemplate, listenerProfile] = [
    join(home, gatewayTemplates.api),
    join(home, gatewayTemplates.listenerProfile),
  ];
  const sequences = join(home, gatewaySequences);
  await $`sh ${join(initScripts, 'failure-sequences.sh')} ${sequences}`;
  await Promise.all([
    $`sh ${join(initScripts, 'gone-client.sh')} ${sequences} ${dcrService}`,
    $`sh ${join(initScripts, 'api-template.sh')} ${apiTemplate}`,
    $`sh ${join(initScripts, 'listener-profile.sh')} ${listenerProfile} ${recipientsTruststore}`,
  ]);
}
