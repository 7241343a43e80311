import { X509Certificate } from 'node:crypto';
import { type Connect, Wso2Error } from '@cdr-stack/wso2';
import { type DeclaredTrust, type TrustedCertificate, trustHash } from '../../programs/declared-trust.ts';
import type { Change, FieldChange } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import { type NotYet, notYet, waitFor } from '../engine/wait.ts';
import type { Environment } from '../environment.ts';
import type { RunningTrust, StackTrust } from '../stack-trust.ts';
import { lookAtPeer } from './peer-certificate.ts';

/**
 * The servers hold the declared CAs, and present certificates that these issued.
 *
 * The Pulumi program builds the stores: if Pulumi deployed the stack, that part of the program replaces the pods whose trust differs from
 * the declaration. Otherwise (plain processes, a Job, servers of others) the step reports which certificate is missing where, and changes
 * nothing.
 */
export const trust: Step<Environment, Change[]> = {
  name: 'trust',
  title: 'Servers trusted',
  needs: [],
  async read(environment) {
    // First: what is declared must not lock us out of the servers that it is rolled out to.
    const faults = (await Promise.all(servers(environment).map(distrustOf))).filter((fault) => fault !== undefined);
    if (faults.length > 0)
      throw new StepError(faults.join('\n'), { cause: new Wso2Error('untrusted', faults.join('\n')) });
    return environment.stackTrust ? differences(environment.stackTrust) : [];
  },
  plan: (differing) => differing,
  async apply(_differing, { stackTrust }, task) {
    task.waiting('Pulumi to replace the pods that hold another trust than declared');
    await stackTrust?.deploy();
    // The state that was read ahead belongs to pods that are gone: the new ones have their own trust.
    task.forget?.();
  },
  async verify(environment, task) {
    if (!task.changed('trust')) return;
    const awaited = {
      for: 'both servers to answer with certificates that are trusted',
      seconds: environment.startSeconds,
    };
    await waitFor(task, awaited, async () => {
      const answers = await Promise.all(servers(environment).map(handshake));
      return answers.find((answer) => answer !== true) ?? true;
    });
  },
};

interface Server {
  name: string;
  url: string;
  ca: string;
  connect: Connect | undefined;
}

function servers({ outputs, instances, connect }: Environment): Server[] {
  const ca = outputs.trust.servers;
  return [
    { name: 'API Manager', url: outputs.apiManager.url, ca, connect },
    // By the names of their own, too, which the same certificate has to bear.
    ...instances
      .filter(({ url }) => url !== outputs.apiManager.url)
      .map(({ name, url }) => ({ name, url, ca, connect })),
    { name: 'Identity Server', url: outputs.identityServer.url, ca, connect },
  ];
}

async function handshake({ name, url, ca, connect }: Server): Promise<true | NotYet> {
  const peer = await lookAtPeer(url, ca, connect);
  if (!peer) return notYet(`${name} shows no certificate at ${url}`);
  return peer.distrust === undefined || notYet(`${name}'s is not trusted (${peer.distrust})`);
}

async function distrustOf({ name, url, ca, connect }: Server): Promise<string | undefined> {
  const peer = await lookAtPeer(url, ca, connect);
  // No certificate at all: the server is not up yet, which is the next step's to wait for.
  if (!peer?.distrust) return undefined;
  if (peer.distrust === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${name}'s certificate (${peer.subject}) is not for the host of ${url}: reissue it with that name, or use its name.`;
  }
  return (
    `${name} at ${url} shows a certificate that is not trusted here (${peer.subject}, issued by ${peer.issuer}; ${peer.distrust}). ` +
    `Add the certificate of ${peer.issuer} to the stack's declared trust (servers/), to trust.servers in the outputs, or to the ` +
    `file given by --ca: where the trust of this run comes from. It holds: ${subjectsIn(ca)}.`
  );
}

function subjectsIn(pem: string): string {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return certificates.map((one) => subjectOf(one)).join('; ') || 'nothing';
}

const subjectOf = (pem: string) => new X509Certificate(pem).subject.split('\n').join(', ');

/**
 * One change for each set of CAs that differs between a running pod and the declaration: certificate by certificate, as far as pods
 * expose them.
 */
async function differences({ declared, running }: StackTrust): Promise<Change[]> {
  const pods = await running();
  const changes = await Promise.all(
    (['recipients', 'servers'] as const).map(async (role) => {
      const hash = trustHash(declared[role]);
      const differing = pods.filter((pod) => pod.role === role && pod.hash !== hash);
      return differing.length === 0 ? [] : [await difference(role, declared, differing)];
    }),
  );
  return changes.flat();
}

async function difference(role: keyof DeclaredTrust, declared: DeclaredTrust, pods: RunningTrust[]): Promise<Change> {
  const told = await Promise.all(pods.map((pod) => pod.certificates()));
  const held = told.find((certificates) => certificates !== undefined);
  const parts = [...new Set(pods.map(({ part }) => part))].sort().join(', ');
  const fields = held
    ? certificateChanges(held, declared[role])
    : [{ path: 'hash', before: pods[0]?.hash, after: trustHash(declared[role]) }];
  return { action: 'update', resource: `trusted CAs of the ${role}, in ${parts}`, fields };
}

function certificateChanges(held: TrustedCertificate[], declared: TrustedCertificate[]): FieldChange[] {
  const before = new Map(held.map(({ alias, pem }) => [alias, describe(pem)]));
  const after = new Map(declared.map(({ alias, pem }) => [alias, describe(pem)]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((alias) => before.get(alias) !== after.get(alias))
    .map((alias) => ({
      path: alias,
      ...(before.has(alias) && { before: before.get(alias) }),
      ...(after.has(alias) && { after: after.get(alias) }),
    }));
}

function describe(pem: string): string {
  const { fingerprint256, validTo } = new X509Certificate(pem);
  return `${subjectOf(pem)}; SHA-256 ${fingerprint256}; until ${validTo}`;
}
