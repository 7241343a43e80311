import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { edgeFaults, edgeSettings } from './edge-settings.ts';
import type { GenerationName } from './products.ts';
import { declaredDefaults } from './testing/recorded-stack.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';

/** The faults of these settings, as `key message`. */
function faultsOf(changes: Record<string, string>, generation: GenerationName = '4.7'): string[] {
  const parsed = z.object(edgeSettings).safeParse({ ...declaredDefaults(), ...changes });
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  return edgeFaults({ ...parsed.data, generation }).map(([key, message]) => `${key} ${message}`);
}

const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portal = { portalHost: 'portal.holder.example' };
const ingress = { ...portal, portalIngressClass: 'nginx' };
const recipients = { recipientHost: 'recipients.holder.example' };
const apart = { ...recipients, identityIngressClass: 'public', edgeNamespaces: '["ingress"]' };
const edgeCertificate = sampleCertificates.other;

test('what each edge needs is enough', () => {
  const enough: Record<string, string>[] = [
    {},
    { edge: 'loadBalancer', ...hosts },
    { edge: 'loadBalancer', ...hosts, ...ingress, edgeAnnotations: '["a.example/type=nlb", "b="]' },
    { edge: 'gatewayApi', ...hosts, ...portal, edgeGateway: 'edge/public' },
    { edge: 'terminated', ...hosts, ...ingress, edgeCertificate },
    { edge: 'loadBalancer', ...hosts, ...apart },
    { edge: 'terminated', ...hosts, ...apart, edgeCertificate },
    { edge: 'gatewayApi', ...hosts, ...recipients, edgeGateway: 'edge/public', edgeNamespaces: '["edge"]' },
  ];
  for (const settings of enough) assert.deepEqual(faultsOf(settings), []);
});

test('what is missing, too much or malformed is refused with what to do', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ edge: 'ingress' }, /^edge must be one of: none, loadBalancer, gatewayApi, terminated$/],
    [{ gatewayHost: hosts.gatewayHost }, /^gatewayHost is set, but edge is "none"/],
    [{ portalHost: 'portal.holder.example' }, /^portalHost is set, but edge is "none"/],
    [{ edgeAnnotations: '["a.example/type=nlb"]' }, /^edgeAnnotations is set, but edge is "none"/],
    [{ portalIngressClass: 'nginx' }, /^portalIngressClass is set, but edge is "none"/],
    [{ identityIngressClass: 'nginx' }, /^identityIngressClass is set, but edge is "none"/],
    [recipients, /^recipientHost is set, but edge is "none"/],
    [{ edgeNamespaces: '["ingress"]' }, /^edgeNamespaces is set, but edge is "none"/],
    [{ edgeNamespaces: '["Ingress"]' }, /^edgeNamespaces must be a Kubernetes name/],
    [{ edgeGateway: 'edge/public' }, /^edgeGateway is set, but only edge gatewayApi/],
    [{ edgeCertificate }, /^edgeCertificate is set, but only edge terminated/],
    [{ edge: 'loadBalancer', gatewayHost: hosts.gatewayHost }, /^identityHost is empty: name the host/],
    [
      { edge: 'loadBalancer', ...hosts, identityHost: hosts.gatewayHost },
      /^identityHost is the same host as gatewayHost/,
    ],
    [
      { edge: 'loadBalancer', ...hosts, gatewayHost: 'https://mtls.holder.example' },
      /^gatewayHost must be a full DNS name/,
    ],
    [{ edge: 'loadBalancer', ...hosts, ...portal }, /^portalIngressClass is empty: name the IngressClass/],
    [{ edge: 'loadBalancer', ...hosts, portalIngressClass: 'nginx' }, /^portalIngressClass is set, but no Ingress/],
    [{ edge: 'loadBalancer', ...hosts, ...recipients }, /^identityIngressClass is empty: name the IngressClass/],
    [
      { edge: 'loadBalancer', ...hosts, identityIngressClass: 'public' },
      /^identityIngressClass is set, but no Ingress serves identityHost without recipientHost/,
    ],
    [
      { edge: 'loadBalancer', ...hosts, ...apart, recipientHost: hosts.identityHost },
      /^recipientHost is the same host as identityHost/,
    ],
    [
      { edge: 'loadBalancer', ...hosts, edgeNamespaces: '["ingress"]' },
      /^edgeNamespaces is set, but no TLS ends at the edge/,
    ],
    [
      { edge: 'gatewayApi', ...hosts, ...apart, edgeGateway: 'edge/public' },
      /^identityIngressClass is set, but edge is gatewayApi/,
    ],
    [{ edge: 'loadBalancer', ...hosts, edgeGateway: 'edge/public' }, /^edgeGateway is set, but only edge gatewayApi/],
    [{ edge: 'loadBalancer', ...hosts, edgeAnnotations: '["nlb"]' }, /^edgeAnnotations must be a list/],
    [{ edge: 'gatewayApi', ...hosts }, /^edgeGateway is empty: name the Gateway/],
    [{ edge: 'gatewayApi', ...hosts, edgeGateway: 'public' }, /^edgeGateway must be namespace\/name/],
    [
      { edge: 'gatewayApi', ...hosts, ...ingress, edgeGateway: 'edge/public' },
      /^portalIngressClass is set, but edge is gatewayApi/,
    ],
    [{ edge: 'terminated', ...hosts }, /^edgeCertificate is empty: give the client certificate/],
    [
      { edge: 'gatewayApi', ...hosts, edgeGateway: 'edge/public', edgeCertificate },
      /^edgeCertificate is set, but only edge terminated/,
    ],
  ];
  for (const [settings, message] of cases) {
    const faults = faultsOf(settings);
    assert.equal(faults.length, 1, JSON.stringify([settings, faults]));
    assert.match(faults[0] ?? '', message);
  }
});

test('Identity Server 6.1 cannot name a host of its recipients', () => {
  assert.deepEqual(
    faultsOf({ edge: 'loadBalancer', ...hosts, ...apart }, '4.2').map((fault) => fault.replace(/:.*/, '')),
    ['recipientHost is set, but Identity Server 6.1.0 cannot name it in its discovery document'],
  );
});
