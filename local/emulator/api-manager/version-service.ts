import type { FastifyInstance } from 'fastify';
import { basicUser } from './authentication.ts';
import type { Instance } from './instance.ts';

/** The SOAP service that says the version, by GET; to accounts only where configuration locks it. */
export function versionService(
  app: FastifyInstance,
  { product, doors, users }: Pick<Instance, 'product' | 'doors' | 'users'>,
): void {
  app.get(`/${doors.servicePath}/Version`, async (request, reply) => {
    if (doors.lockedServices.includes('Version') && basicUser(request, users) === undefined) {
      return reply.code(401).send();
    }
    return reply
      .type('application/xml; charset=UTF-8')
      .send(
        `<ns:getVersionResponse xmlns:ns="http://version.services.core.carbon.wso2.org"><ns:return>WSO2 API Manager-${product.calledItself}</ns:return></ns:getVersionResponse>`,
      );
  });
}
