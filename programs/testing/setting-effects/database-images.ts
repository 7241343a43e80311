import { sampleCertificates } from '../sample-certificates.ts';
import { externalDatabase } from '../sample-settings.ts';
import type { Effects } from './effect.ts';
import { anotherJob, pods, servers } from './rendered-lines.ts';

const { cdrRoot } = sampleCertificates;

/** What PostgreSQL runs from, and what the servers speak to it with. */
export const databaseImageEffects: Effects = {
  postgresImage: [
    {
      in: 'deployed',
      value: 'postgres:18.1',
      changes: [
        `${pods('database')}.containers.database.image = postgres:18.1`,
        `${pods('database')}.initContainers.prepare.image = postgres:18.1`,
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...servers.map((part) => `Job ${part}-schema spec.template.spec.containers.schema.image = postgres:18.1`),
      ],
    },
    {
      in: 'external',
      value: 'postgres:18.1',
      changes: [
        ...servers.map((part) => anotherJob(`${part}-schema`)),
        ...servers.map((part) => `Job ${part}-schema spec.template.spec.containers.schema.image = postgres:18.1`),
      ],
    },
  ],
  postgresCertificate: [
    {
      in: 'deployed',
      value: cdrRoot,
      changes: [`Secret database-tls stringData.tls.crt = ${cdrRoot.trim()}`],
    },
  ],
  postgresKey: [
    {
      in: 'deployed',
      value: '-----BEGIN PRIVATE KEY-----\nanother\n-----END PRIVATE KEY-----',
      changes: ['Secret database-tls stringData.tls.key = *another*'],
    },
  ],
  jdbcDriverImage: [
    {
      in: 'deployed',
      value: 'jdbc-driver:d5',
      changes: servers.map((part) => `${pods(part)}.initContainers.jdbc-driver.image = jdbc-driver:d5`),
    },
  ],
  jdbcDriverPath: [
    {
      in: 'deployed',
      value: '/opt/driver.jar',
      changes: servers.map(
        (part) => `${pods(part)}.initContainers.jdbc-driver.command = cp /opt/driver.jar /run/cdr-stack/jdbc-driver/`,
      ),
    },
    // What is downloaded is in no image.
    { in: 'external', value: '/opt/driver.jar', changes: [] },
  ],
  jdbcDriverUrl: [
    {
      in: 'external',
      value: 'https://repository.example:8081/driver.jar',
      changes: servers.flatMap((part) => [
        `${pods(part)}.initContainers.jdbc-driver.command = node * https://repository.example:8081/driver.jar *`,
        `NetworkPolicy ${part} spec.egress with {"ports":[{"port":443,"protocol":"TCP"}]} gone`,
        `NetworkPolicy ${part} spec.egress with {"ports":[{"port":8081,"protocol":"TCP"}]} = there`,
      ]),
    },
    {
      in: 'deployed',
      value: externalDatabase.jdbcDriverUrl,
      with: { jdbcDriverImage: '', jdbcDriverSha256: externalDatabase.jdbcDriverSha256 },
      changes: servers.flatMap((part) => [
        `ConfigMap ${part}-init data.jdbc-driver.mts = *`,
        `${pods(part)}.initContainers.jdbc-driver.command = node * ${externalDatabase.jdbcDriverUrl} ${externalDatabase.jdbcDriverSha256} *`,
        `${pods(part)}.initContainers.jdbc-driver.env.TRUST.value = /run/cdr-stack/trust/servers`,
        `${pods(part)}.initContainers.jdbc-driver.image = dcr-service:b2`,
        `${pods(part)}.initContainers.jdbc-driver.volumeMounts.init.* = *`,
        `${pods(part)}.initContainers.jdbc-driver.volumeMounts.servers-trust.* = *`,
        `NetworkPolicy ${part} spec.egress with {"ports":[{"port":443,"protocol":"TCP"}]} = there`,
      ]),
    },
  ],
  jdbcDriverSha256: [
    {
      in: 'external',
      value: 'cd'.repeat(32),
      changes: servers.map((part) => `${pods(part)}.initContainers.jdbc-driver.command = node * ${'cd'.repeat(32)} *`),
    },
  ],
};
