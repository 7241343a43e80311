import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { ensureTool } from '../toolchain/build.ts';
import { showProgress } from '../toolchain/progress.ts';
import { apiServer, applyManifests } from './api-server.ts';
import { command } from './command.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import type { ClusterLayout } from './layout.ts';
import { until } from './until.ts';
import { watched } from './watched.ts';

const name = 'cert-manager';
/** Of what belongs to ClusterIssuers, as in cert-manager's own installation. */
const namespace = 'cert-manager';
const group = '/apis/cert-manager.io/v1';

const kind = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const certificate = z.looseObject({
  spec: z.looseObject({ secretName: z.string() }),
  status: z
    .looseObject({
      revision: z.number().optional(),
      notBefore: z.string().optional(),
      notAfter: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

/** The status that cert-manager reports for a Certificate. */
export type CertificateStatus = z.output<typeof certificate>['status'];

/**
 * Brings cert-manager's kinds into a cluster and runs its controllers beside it, as the cluster's administrator, for ClusterIssuers
 * and Issuers of the kinds CA and SelfSigned. Its webhook, which judges objects before they are kept, is not there.
 * @throws Error with the last words of cert-manager when it ended.
 */
export async function startCertManager(layout: ClusterLayout): Promise<void> {
  const program = join(await ensureTool('cert-manager', { onProgress: showProgress() }), 'cert-manager');
  const kinds = parseAllDocuments(await command(program, 'crds')).flatMap((document) => document.toJS() ?? []);
  await applyManifests(
    layout,
    kinds.map((object) => ({
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${kind.parse(object).metadata.name}`,
      object,
    })),
  );
  const api = await apiServer(layout);
  await until("cert-manager's kinds to be served", 30, async () => {
    const served = ['certificates', 'certificaterequests', 'clusterissuers', 'issuers'];
    return (await Promise.all(served.map((plural) => api.get(`${group}/${plural}`)))).length === served.length;
  });
  await startDaemon(layout, { name, program, args: [`--kubeconfig=${layout.kubeconfig}`] });
}

/** Ends the controllers; their kinds stay, and what they made. */
export async function stopCertManager(layout: ClusterLayout): Promise<void> {
  await stopDaemon(layout, name);
}

/**
 * Makes a CA by a SelfSigned issuer, and of it a ClusterIssuer, both of the given name.
 * @returns the CA's certificate, PEM.
 */
export async function makeClusterIssuer(layout: ClusterLayout, issuer: string): Promise<string> {
  const apiVersion = 'cert-manager.io/v1';
  const clusterIssuer = (issuerName: string, spec: object) => ({
    path: `${group}/clusterissuers/${issuerName}`,
    object: { apiVersion, kind: 'ClusterIssuer', metadata: { name: issuerName }, spec },
  });
  await applyManifests(layout, [
    {
      path: `/api/v1/namespaces/${namespace}`,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    },
  ]);
  await applyManifests(layout, [
    clusterIssuer('self-signed', { selfSigned: {} }),
    {
      path: `${group}/namespaces/${namespace}/certificates/${issuer}`,
      object: {
        apiVersion,
        kind: 'Certificate',
        metadata: { name: issuer, namespace },
        spec: {
          isCA: true,
          commonName: issuer,
          secretName: issuer,
          privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
          issuerRef: { kind: 'ClusterIssuer', name: 'self-signed' },
        },
      },
    },
    clusterIssuer(issuer, { ca: { secretName: issuer } }),
  ]);
  await certificateReady(layout, namespace, issuer);
  const { 'tls.crt': ca } = await secretOf(layout, namespace, issuer);
  if (ca === undefined)
    throw new Error(`cert-manager has issued the CA ${issuer}, and no certificate is in its Secret.`);
  return ca.toString();
}

/** Waits until a Certificate is issued, no renewal is in progress, and its status refers to the issued one. */
export async function certificateReady(
  layout: ClusterLayout,
  inNamespace: string,
  certificateName: string,
  revision = 1,
): Promise<CertificateStatus> {
  const path = `${group}/namespaces/${inNamespace}/certificates/${certificateName}`;
  const api = await apiServer(layout);
  let status: CertificateStatus = { conditions: [] };
  const issued = until(`the Certificate ${certificateName} to be issued`, 60, async () => {
    const found = certificate.parse((await api.get(path)).data);
    status = found.status;
    const is = (type: string) => status.conditions.some((one) => one.type === type && one.status === 'True');
    if (!is('Ready') || is('Issuing') || (status.revision ?? 0) < revision) return false;
    // Revision and dates are kept by two controllers, one after the other.
    const { 'tls.crt': issued = '' } = await secretOf(layout, inNamespace, found.spec.secretName);
    return new Date(status.notBefore ?? '').getTime() === new Date(new X509Certificate(issued).validFrom).getTime();
  });
  await watched(layout, [name], issued);
  return status;
}

/**
 * Has a Certificate issued anew before its time, by the condition by which `cmctl renew` asks for it, and waits for that.
 */
export async function renewCertificate(
  layout: ClusterLayout,
  inNamespace: string,
  certificateName: string,
): Promise<CertificateStatus> {
  const path = `${group}/namespaces/${inNamespace}/certificates/${certificateName}`;
  const api = await apiServer(layout);
  const { data } = await api.get(path);
  const { status } = certificate.parse(data);
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'Certificate re-issuance manually triggered',
    lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
  };
  const conditions = [...status.conditions.filter(({ type }) => type !== 'Issuing'), issuing];
  await api.put(`${path}/status`, { ...data, status: { ...status, conditions } });
  return certificateReady(layout, inNamespace, certificateName, (status.revision ?? 0) + 1);
}

/** What a Secret holds, by the names of its files. */
export async function secretOf(
  layout: ClusterLayout,
  inNamespace: string,
  secretName: string,
): Promise<Partial<Record<string, Buffer>>> {
  const { data } = await (await apiServer(layout)).get(`/api/v1/namespaces/${inNamespace}/secrets/${secretName}`);
  const { data: files } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(data);
  return Object.fromEntries(Object.entries(files).map(([file, content]) => [file, Buffer.from(content, 'base64')]));
}
