import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorityStatement, generateRsaKey, sign } from '../../pki/issue-certificate.ts';
import type { GenerationName } from '../../programs/products.ts';
import { recordStack } from '../../programs/testing/recorded-stack.ts';
import { sampleCertificates } from '../../programs/testing/sample-certificates.ts';
import {
  deployedDatabase,
  externalDatabase,
  issuedByCertManager,
  productionSettings,
  sampleSettings,
} from '../../programs/testing/sample-settings.ts';
import { authorities } from '../pki/parties.ts';
import { type Manifest, manifestsOf } from './manifests.ts';

/** Objects under a name. */
export interface NamedManifests {
  name: string;
  manifests: Manifest[];
}

/** What the programs render for one choice of settings; the name has the generation, the size, and what else is chosen. */
export interface RenderedSet extends NamedManifests {
  generation: GenerationName;
}

type Settings = Record<string, string>;

const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portalHost = 'portal.holder.example';
const edgeNamespaces = '["ingress"]';
/** Additional settings of an edge if Identity Server can separate recipients from browsers by host. */
const hostsApart = { recipientHost: 'recipients.holder.example', edgeNamespaces };
const monitoring = {
  monitoring: 'prometheus-operator',
  monitoringNamespace: 'monitoring',
  monitoringLabels: '["release=prometheus"]',
};
const edges = {
  loadBalancer: { ...hosts, edge: 'loadBalancer', portalHost, portalIngressClass: 'nginx' },
  gatewayApi: {
    ...hosts,
    edge: 'gatewayApi',
    edgeGateway: 'edge/public',
    edgeAnnotations: '["example.com/team=open-banking"]',
    portalHost,
  },
  terminated: { ...hosts, edge: 'terminated', edgeCertificate: sampleCertificates.other },
};

/** Every kind of object that the settings know, in a few stacks. */
const variants: Record<string, Settings> = {
  embedded: {},
  'deployed, provisioned by a Job': { ...deployedDatabase, provisioningImage: 'provisioning:c3' },
  'deployed, in the clear, without service users': {
    ...deployedDatabase,
    databaseTls: 'none',
    postgresCertificate: '',
    postgresKey: '',
    serviceUsers: '',
    registryCredentials: '',
  },
  'deployed, certificates by cert-manager': {
    ...deployedDatabase,
    ...issuedByCertManager,
    postgresCertificate: '',
    postgresKey: '',
  },
  'external, load balancer, monitored, several of each': {
    ...externalDatabase,
    ...edges.loadBalancer,
    ...monitoring,
    dcrServiceReplicas: '3',
    apiManagerInstances: '2',
    identityServerReplicas: '2',
  },
  'external, Gateway API': {
    ...externalDatabase,
    ...edges.gatewayApi,
    jdbcDriverUrl: '',
    jdbcDriverSha256: '',
    jdbcDriverImage: 'jdbc-driver:d4',
    storageClass: 'fast',
  },
  'external, TLS ends at the edge': { ...externalDatabase, ...edges.terminated },
};

/** Every generation and size, with every variant that they have, and production. Nothing of them is on a cluster. */
export async function renderedSets(): Promise<RenderedSet[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cdr-rendered-'));
  try {
    const { certificate, key } = await tlsPair();
    const dcrService = { dcrServiceCertificate: certificate, dcrServiceKey: key };
    const postgres = { postgresCertificate: certificate, postgresKey: key };
    const sample = await sampleSettings(directory);
    const production = await productionSettings(directory);
    const sets: RenderedSet[] = [];
    for (const generation of ['4.7', '4.2'] as const) {
      for (const size of ['emulator', 'standard'])
        for (const [name, variant] of Object.entries(variants)) {
          // The accelerator's key manager needs a PostgreSQL that both servers share: the settings refuse this.
          if (generation === '4.2' && name === 'embedded') continue;
          const stack = await recordStack({
            ...sample,
            generation,
            size,
            ...variant,
            ...(generation === '4.7' && variant.edge !== undefined && hostsApart),
            ...(generation === '4.7' && needsIngress(variant) && { identityIngressClass: 'public' }),
            ...(variant.dcrServiceCertificate === undefined && dcrService),
            ...(variant.postgresKey && postgres),
          });
          sets.push({ name: `${generation} ${size}: ${name}`, generation, manifests: manifestsOf(stack) });
        }
      const stack = await recordStack(
        {
          ...production,
          generation,
          production: 'true',
          ...edges.loadBalancer,
          ...(generation === '4.7'
            ? { ...hostsApart, identityIngressClass: 'public', productionExceptions: '["publicPortals"]' }
            : {
                edgeNamespaces,
                gatewayRevocation: 'false',
                productionExceptions: '["publicPortals","oneIdentityHost","gatewayWithoutRevocation"]',
              }),
          ...monitoring,
          ...dcrService,
        },
        'prod',
      );
      sets.push({ name: `${generation} production`, generation, manifests: manifestsOf(stack) });
    }
    return sets;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const needsIngress = ({ edge }: Settings) => edge === 'loadBalancer' || edge === 'terminated';

/** The samples' keys are not real keys, which makes an API server warn. */
async function tlsPair(): Promise<{ certificate: string; key: string }> {
  const key = await generateRsaKey();
  const certificate = await sign(await authorityStatement(authorities.platform, key, 'itself'), key, 'itself', 397);
  return { certificate, key };
}
