import assert from 'node:assert/strict';
import { certificateHeader } from '../../../programs/deployment-toml/api-manager.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';

/** What a caller may send in place of the client's own token, and the challenge that answers it (RFC 6750, 3). */
const challenges = [
  { of: 'no token', authorization: undefined, challenge: 'Bearer realm="cdr"' },
  { of: 'no JWT', authorization: 'Bearer opaque', challenge: 'Bearer realm="cdr", error="invalid_token"' },
] as const;

export const refusals: Stage = {
  name: 'refusals',
  shows: 'The gateway challenges a caller by what was wrong with its token, and sends its certificate back to nobody.',
  async run(world) {
    const recipient = world.recipient();
    const { gateway } = world.environment.urls;
    const found: string[] = [];
    try {
      const url = `${gateway}/open-banking/0.2/register/${await registered(world)}`;
      for (const { of, authorization, challenge } of challenges) {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await recipient.http.get(url, { headers });
        const said = String(answer.headers['www-authenticate']);
        assert.equal(answer.status, 401, of);
        assert.equal(said, challenge, of);
        assert.equal(answer.headers[certificateHeader.toLowerCase()], undefined, `${of}: the certificate comes back`);
        found.push(`${of}: ${said}`);
      }
      const nowhere = await recipient.http.get(`${gateway}/no-such-api`, {
        headers: { [certificateHeader]: 'made-up' },
      });
      assert.equal(nowhere.status, 404);
      assert.equal(nowhere.headers[certificateHeader.toLowerCase()], undefined, 'a path of no API echoes the header');
    } finally {
      recipient.close();
    }
    return { found };
  },
};
