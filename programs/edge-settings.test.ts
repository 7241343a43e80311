import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { edgeFaults, edgeSettings } from './edge-settings.ts';
import { declaredDefaults } from './testing/recorded-stack.ts';
import { sampleCertificates } from './testing/sample-certificates.ts';

/** What is said of these settings, as `key message`. */
function faultsOf(changes: Record<string, string>): string[] {
  const parsed = z.object(edgeSettings).safeParse({ ...declaredDefaults(), ...changes });
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  return edgeFaults(parsed.data).map(([key, message]) => `${key} ${message}`);
}

const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portal = { portalHost: 'portal.holder.example' };
const ingress = { ...portal, portalIngressClass: 'nginx' };
const edgeCertificate = sampleCertificates.other;

test('what each edge needs is enough', () => {
  const enough: Record<string, string>[] = [
    {},
    { edge: 'loadBalancer', ...hosts },
    { edge: 'loadBalancer', ...hosts, ...ingress, edgeAnnotations: '["a.example/type=nlb", "b="]' },
    { edge: 'gatewayApi', ...hosts, ...portal, edgeGateway: 'edge/public' },
    { edge: 'terminated', ...hosts, ...ingress, edgeCertificate },
  ];
  for (const settings of enough) assert.deepEqual(faultsOf(settings), []);
});

test('what is missing, too much or malformed is refused with what to do', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ edge: 'ingress' }, /^edge must be one of: none, loadBalancer, gatewayApi, terminated$/],
    [{ gatewayHost: hosts.gatewayHost }, /^gatewayHost is set, but edge is none/],
    [{ portalHost: 'portal.holder.example' }, /^portalHost is set, but edge is none/],
    [{ edgeAnnotations: '["a.example/type=nlb"]' }, /^edgeAnnotations is set, but edge is none/],
    [{ portalIngressClass: 'nginx' }, /^portalIngressClass is set, but edge is none/],
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
