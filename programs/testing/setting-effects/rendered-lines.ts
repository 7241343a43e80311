/** The two of WSO2's. */
export const servers = ['api-manager', 'identity-server'] as const;

/** A server's deployment.toml. */
export const toml = (part: string) => `ConfigMap ${part}-configuration data.deployment.toml`;

/** Identity Server's database of agents, which are beside its other tables in PostgreSQL. */
export const agentsDatabase = `${toml('identity-server')}.datasource.AgentIdentity`;

/** What the pods of a part are made from. */
export const pods = (part: string) => `Deployment ${part} spec.template.spec`;

/** A variable of dcr-service. */
export const dcrVariable = (name: string) => `${pods('dcr-service')}.containers.dcr-service.env.${name}.value`;

/** A Job goes by what it works with. */
export const anotherJob = (name: string) => `Job ${name} metadata.name = ${name}-*`;

/** A variable of both Jobs that make schemas. */
export const schemaVariable = (name: string, value: string) =>
  servers.map((part) => `Job ${part}-schema spec.template.spec.containers.schema.env.${name}.value = ${value}`);

/** Where dcr-service has its database. */
export const dcrUrl = (url: string) => `Secret dcr-service-credentials stringData.database-url = ${url}`;
