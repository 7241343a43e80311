import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from './effect.ts';

const provisioningObjects = [
  'ConfigMap provisioning-declaration',
  'Job provisioning',
  'NetworkPolicy provisioning',
  'Role provisioning',
  'RoleBinding provisioning',
  'Secret provisioning-credentials',
  'ServiceAccount provisioning',
];

/**
 * What the parts of a stack run from, and which parts it has besides.
 *
 * @param directory for the files that settings name.
 */
export async function imageEffects(directory: string): Promise<Effects> {
  const pki = join(directory, 'another-pki');
  await mkdir(pki, { recursive: true });
  await writeFile(join(pki, 'register.pem'), 'another certificate');
  await writeFile(join(pki, 'recipient.key'), 'another key');
  const provisioning = join(directory, 'provisioning.yaml');
  await writeFile(provisioning, 'apis: []\n');
  return {
    apiManagerImage: [
      { value: 'emulator:a2', changes: ['Deployment api-manager spec.template.spec.*ontainers.*.image = emulator:a2'] },
      {
        in: 'deployed',
        value: 'emulator:a2',
        changes: [
          'Deployment api-manager spec.template.spec.*ontainers.*.image = emulator:a2',
          'Job api-manager-schema metadata.name = api-manager-schema-*',
          'Job api-manager-schema spec.template.spec.initContainers.scripts.image = emulator:a2',
        ],
      },
    ],
    identityServerImage: [
      {
        value: 'emulator:a2',
        changes: ['Deployment identity-server spec.template.spec.*ontainers.*.image = emulator:a2'],
      },
      {
        in: 'deployed',
        value: 'emulator:a2',
        changes: [
          'Deployment identity-server spec.template.spec.*ontainers.*.image = emulator:a2',
          'Job identity-server-schema metadata.name = identity-server-schema-*',
          'Job identity-server-schema spec.template.spec.initContainers.scripts.image = emulator:a2',
        ],
      },
    ],
    dcrServiceImage: [
      {
        value: 'dcr-service:b3',
        changes: ['Deployment dcr-service spec.template.spec.containers.dcr-service.image = dcr-service:b3'],
      },
      {
        // It has Node, which downloads the driver.
        in: 'external',
        value: 'dcr-service:b3',
        changes: [
          'Deployment api-manager spec.template.spec.initContainers.jdbc-driver.image = dcr-service:b3',
          'Deployment dcr-service spec.template.spec.containers.dcr-service.image = dcr-service:b3',
          'Deployment identity-server spec.template.spec.initContainers.jdbc-driver.image = dcr-service:b3',
        ],
      },
    ],
    registryCredentials: [
      {
        value: '',
        changes: ['- Secret registry-credentials', 'ServiceAccount * imagePullSecrets.* gone'],
      },
      {
        value: '{"auths":{"another.example":{"auth":"another"}}}',
        changes: [
          'Secret registry-credentials stringData..dockerconfigjson = {"auths":{"another.example":{"auth":"another"}}}',
        ],
      },
    ],
    registerImage: [
      {
        value: 'emulator:a2',
        changes: ['Deployment register spec.template.spec.containers.register.image = emulator:a2'],
      },
      {
        value: '',
        with: { registerPkiDirectory: '' },
        changes: [
          '- Deployment register',
          '- NetworkPolicy register',
          '- Secret register-pki',
          '- Service recipient',
          '- Service register',
          '- ServiceAccount register',
          'NetworkPolicy dcr-service spec.egress with {*"port":8443,*"register"*} gone',
          'NetworkPolicy dcr-service spec.egress with {*"port":8444,*"register"*} gone',
          'NetworkPolicy identity-server spec.egress with {*"port":8444,*"register"*} gone',
          'outputs recipient.url gone',
        ],
      },
    ],
    registerPkiDirectory: [
      {
        value: pki,
        changes: [
          'Secret register-pki stringData.recipient.key = another key',
          'Secret register-pki stringData.register.key gone',
          'Secret register-pki stringData.register.pem = another certificate',
        ],
      },
      // Without an image there is no Register.
      { in: 'given by hand', value: pki, changes: [] },
    ],
    provisioningImage: [
      {
        value: 'provisioning:c3',
        changes: [
          ...provisioningObjects.map((object) => `+ ${object}`),
          'NetworkPolicy api-manager spec.ingress with {*"provisioning"*"port":8243,*} = there',
          'NetworkPolicy api-manager spec.ingress with {*"provisioning"*"port":9443,*} = there',
          'NetworkPolicy identity-server spec.ingress with {*"provisioning"*"port":9443,*} = there',
          'outputs next = npm run register',
        ],
      },
      {
        in: 'provisioned',
        value: 'provisioning:c4',
        changes: [
          'Job provisioning metadata.name = provisioning-*',
          'Job provisioning spec.template.spec.containers.provisioning.image = provisioning:c4',
        ],
      },
    ],
    provisioningSettings: [
      {
        in: 'provisioned',
        value: provisioning,
        changes: [
          'ConfigMap provisioning-declaration data.settings.yaml = apis: []\n',
          'Job provisioning metadata.name = provisioning-*',
          'Job provisioning spec.template.spec.containers.provisioning.args = * --settings /run/cdr-stack/declaration/settings.yaml *',
        ],
      },
      { value: provisioning, changes: [] },
    ],
  };
}
