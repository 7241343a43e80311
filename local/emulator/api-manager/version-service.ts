import type { FastifyInstance } from 'fastify';
import type { Instance } from './instance.ts';

/** The health endpoint that probes use, on both ports. */
export function versionService(
  app: FastifyInstance,
  { product, servicePath }: Pick<Instance, 'product' | 'servicePath'>,
): void {
  app.get(`/${servicePath}/Version`, async (_, reply) =>
    reply
      .type('application/xml; charset=UTF-8')
      .send(
        `<ns:getVersionResponse xmlns:ns="http://version.services.core.carbon.wso2.org"><ns:return>WSO2 API Manager-${product.calledItself}</ns:return></ns:getVersionResponse>`,
      ),
  );
}
