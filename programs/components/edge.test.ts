import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, type TomlTable } from 'smol-toml';
import { edgePaths, patternOf } from '../hardening/edge-paths.ts';
import { variablesOf } from '../testing/kubernetes-object.ts';
import { objectOf, objectsOf, type RecordedStack, recordStack } from '../testing/recorded-stack.ts';
import { sampleCertificates } from '../testing/sample-certificates.ts';
import { podTemplates, sampleStack } from '../testing/sample-stack.ts';

const { stack: none, settings } = await sampleStack();
const hosts = { gatewayHost: 'mtls.holder.example', identityHost: 'id.holder.example' };
const portals = { portalHost: 'portal.holder.example', portalIngressClass: 'nginx' };
const loadBalancer = await recordStack({ ...settings, ...hosts, ...portals, edge: 'loadBalancer' });
const gatewayApi = await recordStack({
  ...settings,
  ...hosts,
  portalHost: portals.portalHost,
  edge: 'gatewayApi',
  edgeGateway: 'edge/public',
  edgeAnnotations: '["example.com/team=open-banking"]',
});
const apart = {
  recipientHost: 'recipients.holder.example',
  identityIngressClass: 'public',
  edgeNamespaces: '["ingress"]',
};
const hostsApart = await recordStack({ ...settings, ...hosts, ...portals, ...apart, edge: 'loadBalancer' });
const routedApart = await recordStack({
  ...settings,
  ...hosts,
  recipientHost: apart.recipientHost,
  edge: 'gatewayApi',
  edgeGateway: 'edge/public',
});
const terminated = await recordStack({
  ...settings,
  ...hosts,
  edge: 'terminated',
  edgeCertificate: sampleCertificates.other,
});

const tomlOf = (stack: RecordedStack, part: string) =>
  parse(objectOf(stack, 'ConfigMap', `${part}-configuration`).data['deployment.toml'] ?? '') as Record<
    string,
    TomlTable
  >;
const customOf = (stack: RecordedStack, kind: string) =>
  stack.resources
    .filter(({ type }) => type === `kubernetes:gateway.networking.k8s.io/v1:${kind}`)
    .map(({ inputs }) => inputs as { metadata: { name: string; annotations?: unknown }; spec: unknown });
const edgeObjects = (stack: RecordedStack) =>
  stack.urns
    .filter((urn) => urn.includes('programs:Edge$'))
    .map((urn) => urn.replace(/^.*\$kubernetes:.*\/v\w+:/, ''))
    .sort();

test('without an edge nothing is reached from outside, and every name is that of a Service', () => {
  assert.deepEqual(edgeObjects(none), []);
  for (const { inputs } of objectsOf(none, 'Service')) assert.equal(inputs.spec.type, undefined);
  assert.equal(tomlOf(none, 'identity-server').server?.hostname, 'identity-server');
});

test('load balancers: TLS is passed through to the listeners, with the address of the caller', () => {
  assert.deepEqual(edgeObjects(loadBalancer), [
    'Ingress::portals',
    'Secret::portals-trust',
    'Service::public-gateway',
    'Service::public-identity-server',
  ]);
  const found = ['public-gateway', 'public-identity-server'].map((name) => {
    const { type, externalTrafficPolicy, selector, ports } = objectOf(loadBalancer, 'Service', name).spec;
    const [{ port, targetPort } = assert.fail('no port')] = ports;
    return [type, externalTrafficPolicy, selector['app.kubernetes.io/name'], port, targetPort];
  });
  assert.deepEqual(found, [
    ['LoadBalancer', 'Local', 'api-manager', 443, 8243],
    ['LoadBalancer', 'Local', 'identity-server', 443, 9443],
  ]);
});

test('Gateway API: recipients by TLSRoutes, which pass through; browsers by an HTTPRoute, with verified TLS behind it', () => {
  const parentRefs = [{ namespace: 'edge', name: 'public' }];
  assert.deepEqual(
    customOf(gatewayApi, 'TLSRoute').map(({ spec }) => spec),
    [
      { parentRefs, hostnames: [hosts.gatewayHost], rules: [{ backendRefs: [{ name: 'api-manager', port: 8243 }] }] },
      {
        parentRefs,
        hostnames: [hosts.identityHost],
        rules: [{ backendRefs: [{ name: 'identity-server', port: 9443 }] }],
      },
    ],
  );
  const [route = assert.fail('no HTTPRoute')] = customOf(gatewayApi, 'HTTPRoute');
  assert.deepEqual(route.spec, {
    parentRefs,
    hostnames: [portals.portalHost],
    rules: [
      {
        matches: edgePaths('portalHost', '4.7.0').map((path) => ({
          path: path.beneath
            ? { type: 'RegularExpression', value: `^${patternOf(path)}$` }
            : { type: 'Exact', value: path.path },
        })),
        backendRefs: [{ name: 'api-manager', port: 9443 }],
      },
    ],
  });
  assert.deepEqual(route.metadata.annotations, { 'example.com/team': 'open-banking' });
  const [policy = assert.fail('no BackendTLSPolicy')] = customOf(gatewayApi, 'BackendTLSPolicy');
  const { targetRefs, validation } = policy.spec as {
    targetRefs: { name: string; sectionName: string }[];
    validation: { hostname: string; caCertificateRefs: { name: string }[] };
  };
  const service = objectOf(gatewayApi, 'Service', 'api-manager').spec;
  assert.deepEqual(
    targetRefs.map(({ name, sectionName }) => [name, service.ports.find((port) => port.name === sectionName)?.port]),
    [['api-manager', 9443]],
  );
  assert.equal(validation.hostname, 'api-manager');
  assert.match(validation.caCertificateRefs[0]?.name ?? '', /^portals-trust-/);
  const trust = objectOf(gatewayApi, 'ConfigMap', 'portals-trust').data['ca.crt'];
  assert.equal(trust, sampleCertificates.cdrIssuing + sampleCertificates.cdrRoot);
});

test('an Ingress verifies API Manager, and keeps a session with one instance', () => {
  const { metadata, spec } = objectOf(loadBalancer, 'Ingress', 'portals');
  const annotation = (name: string) => metadata.annotations[`nginx.ingress.kubernetes.io/${name}`];
  assert.equal(annotation('backend-protocol'), 'HTTPS');
  assert.equal(annotation('proxy-ssl-verify'), 'on');
  assert.equal(annotation('proxy-ssl-name'), 'api-manager');
  assert.match(annotation('proxy-ssl-secret') ?? '', /^cdr-local\/portals-trust-/);
  assert.equal(annotation('affinity'), 'cookie');
  assert.equal(spec.ingressClassName, 'nginx');
  assert.deepEqual(
    spec.rules.map(({ host, http }) => [host, new Set(http.paths.map(({ backend }) => backend.service.name))]),
    [[portals.portalHost, new Set(['api-manager'])]],
  );
});

test('an Ingress has the paths of the allow list, from their beginning to their end', () => {
  const { metadata, spec } = objectOf(loadBalancer, 'Ingress', 'portals');
  // Without it, ingress-nginx takes no path for a regular expression.
  assert.equal(metadata.annotations['nginx.ingress.kubernetes.io/use-regex'], 'true');
  assert.deepEqual(
    spec.rules.flatMap(({ http }) => http.paths.map(({ path, pathType }) => [path, pathType])),
    edgePaths('portalHost', '4.7.0').map((path) => [`${patternOf(path)}$`, 'ImplementationSpecific']),
  );
});

test('hosts apart: recipients come to a listener of their own, browsers to an allow list of paths', () => {
  assert.deepEqual(edgeObjects(hostsApart), [
    'Ingress::login',
    'Ingress::portals',
    'Secret::login-trust',
    'Secret::portals-trust',
    'Service::public-gateway',
    'Service::public-identity-server',
  ]);
  const [{ port, targetPort } = assert.fail('no port')] = objectOf(hostsApart, 'Service', 'public-identity-server').spec
    .ports;
  assert.deepEqual([port, targetPort], [443, 9444]);
  const { metadata, spec } = objectOf(hostsApart, 'Ingress', 'login');
  assert.equal(spec.ingressClassName, 'public');
  assert.equal(metadata.annotations['nginx.ingress.kubernetes.io/proxy-ssl-name'], 'identity-server');
  assert.deepEqual(
    spec.rules.map(({ host, http }) => [host, http.paths.map(({ path }) => path)]),
    [[hosts.identityHost, edgePaths('identityHost', '7.3.0').map((path) => `${patternOf(path)}$`)]],
  );
  assert.equal(objectOf(hostsApart, 'Secret', 'login-trust').stringData?.['ca.crt'], sampleCertificates.platform);
});

test('hosts apart at a Gateway: the TLSRoute leads recipients to their listener, the HTTPRoute browsers to the other', () => {
  const [, identityServer = assert.fail('no second TLSRoute')] = customOf(routedApart, 'TLSRoute');
  const [login = assert.fail('no HTTPRoute')] = customOf(routedApart, 'HTTPRoute');
  const hostsOf = ({ spec }: { spec: unknown }) => (spec as { hostnames: string[] }).hostnames;
  const backendsOf = ({ spec }: { spec: unknown }) =>
    (spec as { rules: { backendRefs: { name: string; port: number }[] }[] }).rules.flatMap(
      ({ backendRefs }) => backendRefs,
    );
  assert.deepEqual([hostsOf(identityServer), hostsOf(login)], [[apart.recipientHost], [hosts.identityHost]]);
  const name = 'identity-server';
  assert.deepEqual([backendsOf(identityServer), backendsOf(login)], [[{ name, port: 9444 }], [{ name, port: 9443 }]]);
  const ports = objectOf(routedApart, 'Service', name).spec.ports.map((port) => [port.name, port.port]);
  assert.deepEqual(ports, [
    ['management', 9443],
    ['recipients', 9444],
  ]);
});

test('hosts apart: discovery names the host of recipients where a certificate is wanted, and the issuer stays', () => {
  const { oauth, custom_transport, server } = tomlOf(hostsApart, 'identity-server');
  const aliases = oauth?.mtls_aliases as TomlTable | undefined;
  assert.deepEqual([aliases?.enabled, aliases?.hostname], [true, apart.recipientHost]);
  const listener = (custom_transport?.x509 as TomlTable | undefined)?.properties as TomlTable | undefined;
  assert.deepEqual([listener?.port, listener?.clientAuth, listener?.proxyPort], [9444, 'true', 443]);
  assert.equal(server?.hostname, hosts.identityHost);
  const { issuer } = hostsApart.outputs.identityServer as { issuer: string };
  assert.equal(issuer, `https://${hosts.identityHost}/oauth2/token`);
  assert.ok(!('custom_transport' in tomlOf(loadBalancer, 'identity-server')));
});

test("an edge that ends recipients' TLS is believed by its certificate only, and Identity Server is passed through", () => {
  assert.deepEqual(edgeObjects(terminated), ['Service::public-identity-server']);
  const files = objectOf(terminated, 'ConfigMap', 'api-manager-configuration').data;
  assert.equal(files['edge.pem'], sampleCertificates.other.trim());
  // With false, the header would be believed of everybody.
  const mutualSsl = tomlOf(terminated, 'api-manager').apimgt?.mutual_ssl as TomlTable | undefined;
  assert.equal(mutualSsl?.enable_client_validation, true);
  for (const stack of [none, loadBalancer, gatewayApi])
    assert.ok(!('edge.pem' in objectOf(stack, 'ConfigMap', 'api-manager-configuration').data));
});

test('public names are where callers see them, and the parts go on calling each other by those of their Services', () => {
  const apiManager = tomlOf(gatewayApi, 'api-manager');
  const identityServer = tomlOf(gatewayApi, 'identity-server');
  const [environment] = (apiManager.apim as unknown as { gateway: { environment: TomlTable[] } }).gateway.environment;
  assert.equal(environment?.https_endpoint, 'https://mtls.holder.example');
  assert.equal(environment?.service_url, 'https://api-manager:9443/$env{WSO2_SERVICE_PATH}/');
  assert.equal(apiManager.server?.hostname, 'portal.holder.example');
  assert.equal((apiManager.apim?.devportal as TomlTable | undefined)?.url, 'https://portal.holder.example/devportal');
  assert.equal(identityServer.server?.hostname, 'id.holder.example');
  for (const { transport } of [apiManager, identityServer])
    assert.equal(((transport?.https as TomlTable | undefined)?.properties as TomlTable | undefined)?.proxyPort, 443);

  const issuer = 'https://id.holder.example/oauth2/token';
  const [dcrService = assert.fail('no dcr-service')] = podTemplates(gatewayApi)['dcr-service']?.spec.containers ?? [];
  const { DCR_ISSUER, DCR_IS_URL } = variablesOf(dcrService);
  assert.deepEqual([DCR_ISSUER, DCR_IS_URL], [issuer, 'https://identity-server:9443']);
  assert.deepEqual(gatewayApi.outputs.identityServer, { url: 'https://identity-server:9443', issuer });
  const register = podTemplates(gatewayApi).register?.spec.containers[0]?.command ?? [];
  assert.ok(register.includes(issuer));
});

test('custom objects hold nothing empty: the API server would drop it, and Pulumi see a difference for ever', async () => {
  const plain = await recordStack({
    ...settings,
    ...hosts,
    portalHost: portals.portalHost,
    edge: 'gatewayApi',
    edgeGateway: 'edge/public',
    monitoring: 'prometheus-operator',
    monitoringNamespace: 'monitoring',
  });
  const isEmpty = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (Object.keys(value).length === 0 || Object.values(value).some(isEmpty));
  const custom = plain.resources.filter(({ type }) =>
    /^kubernetes:(gateway\.networking\.k8s\.io|monitoring\.coreos\.com)\//.test(type),
  );
  const kinds = custom.map(({ type }) => type.replace(/^.*:/, ''));
  assert.deepEqual(
    new Set(kinds),
    new Set(['TLSRoute', 'HTTPRoute', 'BackendTLSPolicy', 'PodMonitor', 'PrometheusRule']),
  );
  assert.deepEqual(
    custom.filter(({ inputs }) => isEmpty(inputs)).map(({ name }) => name),
    [],
  );
});
