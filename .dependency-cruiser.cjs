// Who may import whom (docs/architecture.md). A line of the design that no tool holds is a line that will be crossed.
const test = '\\.(test|e2e)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'nothing-outside-local-imports-local',
      comment: 'local/ stands in for what production brings; tests may use it.',
      severity: 'error',
      from: { pathNot: ['^local/', test] },
      to: { path: '^local/' },
    },
    {
      name: 'scripts-read-only-the-outputs-of-programs',
      comment:
        "The stack's outputs are the one interface between programs/ and scripts/; what is declared as trusted, how a certificate is judged, and what a password may be, both read alike.",
      severity: 'error',
      from: { path: '^scripts/', pathNot: [test, '^scripts/audit'] },
      to: { path: '^programs/', pathNot: '^programs/(outputs|declared-trust|authority-faults|server-passwords)\\.ts$' },
    },
    {
      name: 'the-audit-reads-only-the-hardening-baseline',
      comment: 'It judges servers that people have by the same rows by which ours are rendered.',
      severity: 'error',
      from: { path: '^scripts/audit', pathNot: test },
      to: {
        path: '^programs/',
        pathNot: '^programs/(hardening/|deployment-toml/(required-settings|configuration-judge/dotted-key)\\.ts$)',
      },
    },
    {
      name: 'the-service-and-the-clients-stand-alone',
      severity: 'error',
      from: { path: '^(dcr-service|wso2)/', pathNot: test },
      to: { path: '^(scripts|programs|local|pki)/' },
    },
    {
      name: 'clients-know-no-user',
      severity: 'error',
      from: { path: '^wso2/' },
      to: { path: '^dcr-service/' },
    },
    {
      name: 'programs-deploy-and-import-nobody',
      severity: 'error',
      from: { path: '^programs/', pathNot: test },
      to: { path: '^(scripts|dcr-service|wso2|pki)/' },
    },
    {
      name: 'certificates-are-issued-for-whoever-asks',
      severity: 'error',
      from: { path: '^pki/', pathNot: test },
      to: { path: '^(apis|dcr-service|local|programs|scripts|wso2)/' },
    },
    {
      name: 'the-emulator-shares-no-wire-schema-with-the-clients',
      comment: 'Or both would be wrong together.',
      severity: 'error',
      from: { path: '^local/(emulator|register)/', pathNot: test },
      to: { path: '^(wso2|scripts|dcr-service)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Code that nobody uses is gone.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [test, '\\.(mjs|cjs|json)$', '/main\\.ts$', '^local/(quickstart|teardown)\\.ts$'],
      },
      to: {},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types'] },
  },
};
