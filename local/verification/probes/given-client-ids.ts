import { type Probe, probes } from '../probe.ts';

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';

/** What restoring a registration leans on: a client that is made again under its own id. */
export const givenClientIds: Probe[] = probes('identity-server', [
  {
    id: 'dcr-takes-a-given-client-id',
    fact: 'DCR v1.1 creates a client with the id in ext_param_client_id; it refuses an id that is taken, and one with a hyphen, with 400.',
    source: "DCRMService of identity-inbound-auth-oauth; WSO2's guide to OAuth dynamic client registration",
    expect: { made: 201, same: true, taken: 400, hyphen: 400 },
    async run(session) {
      // 28 characters, as of the ids that the server gives itself.
      const wanted = `${session.name()}${session.name()}`.slice(0, 28);
      const register = async (id: string) => {
        const body = { client_name: session.name(), grant_types: ['client_credentials'], ext_param_client_id: id };
        const answer = await session.identityServer('POST', REGISTER, { body });
        const made = answer.body?.client_id;
        if (answer.status === 201) session.cleanUp(() => session.identityServer('DELETE', `${REGISTER}/${made}`));
        return answer;
      };
      const first = await register(wanted);
      const again = await register(wanted);
      const hyphen = await register(`${wanted.slice(0, 14)}-${wanted.slice(15)}`);
      return {
        made: first.status,
        same: first.body?.client_id === wanted,
        taken: again.status,
        hyphen: hyphen.status,
      };
    },
  },
]);
