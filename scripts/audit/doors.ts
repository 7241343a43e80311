import type { AuditedServer, Question } from './finding.ts';
import { rowQuestion } from './row-question.ts';

/** Something that no stranger has to be served. */
export interface Door extends Question {
  path: string;
}

const offTheEdge = 'keep it off public edges (an allow list of paths)';
const byAccessRule = (pattern: string) =>
  `${offTheEdge}, and [[resource.access_control]] context = "${pattern}", secure = true, http_method = "all"`;

type Told = Pick<Door, 'path' | 'question' | 'subject' | 'severity' | 'consequence' | 'cure'>;

/** What both products serve at their management port; SOAP services are shut in a way of their own. */
const management = (soapCure: string): Told[] => [
  {
    path: '/carbon/admin/login.jsp',
    question: 'management-console',
    subject: 'management console',
    severity: 'high',
    consequence: "anybody can try administrators' passwords there",
    cure: byAccessRule('(.*)/carbon/(.*)'),
  },
  {
    path: '/services/AuthenticationAdmin?wsdl',
    question: 'soap-login',
    subject: 'SOAP service of logins',
    severity: 'high',
    consequence: "it says to anybody whether an administrator's password is right",
    cure: soapCure,
  },
  {
    path: '/services/',
    question: 'soap-services',
    subject: 'list of SOAP services',
    severity: 'medium',
    consequence: 'it lists what can be called',
    cure: soapCure,
  },
  {
    path: '/services/Version',
    question: 'version',
    subject: 'version of the product',
    severity: 'low',
    consequence: 'anybody learns which published weaknesses apply',
    cure: offTheEdge,
  },
  {
    path: '/accountrecoveryendpoint/register.do',
    question: 'sign-up-page',
    subject: 'sign-up page',
    severity: 'medium',
    consequence: 'strangers are offered an account (the page answers also where self-registration is off)',
    cure: `${offTheEdge}; identity_mgt.endpoint.enable_self_signup_endpoint = false`,
  },
  {
    path: '/accountrecoveryendpoint/recoveraccountrouter.do',
    question: 'recovery-page',
    subject: 'account recovery page',
    severity: 'medium',
    consequence: 'strangers can start the recovery of accounts',
    cure: offTheEdge,
  },
  {
    path: '/openidserver',
    question: 'openid-2',
    subject: 'OpenID 2.0 endpoint',
    severity: 'low',
    consequence: 'a protocol that nobody uses any more is served',
    cure: offTheEdge,
  },
];

const needsCredentials = (path: string, what: string): Told => ({
  path,
  question: path.slice(1).replaceAll(/[/.]/g, '-'),
  subject: what,
  severity: 'critical',
  consequence: 'it answers without credentials',
  cure: 'find the [[resource.access_control]] rule of yours that opens it',
});

const identityServerAlone: Told[] = [
  ...(
    [
      ['console', 'Console'],
      ['myaccount', 'My Account'],
    ] as const
  ).map(
    ([name, subject]): Told => ({
      path: `/${name}/`,
      question: name,
      subject,
      severity: 'medium',
      consequence: 'an application for staff is served to anybody',
      cure: offTheEdge,
    }),
  ),
  needsCredentials('/scim2/Users', 'API of users'),
  needsCredentials('/api/server/v1/applications', 'API of applications'),
  needsCredentials('/api/server/v1/identity-providers', 'API of identity providers'),
  needsCredentials('/api/server/v1/identity-governance', 'API of identity governance'),
  needsCredentials('/api/server/v1/configs', 'API of server configuration'),
  needsCredentials('/api/identity/oauth2/v1.0/scopes', 'API of scopes'),
];

const sample = (path: string, name: string): Told => ({
  path,
  question: `sample-${name}`,
  subject: `sample application ${name}`,
  severity: 'low',
  consequence: 'a sample is served to anybody',
  cure: `remove the web application am#sample#${name}#v1, and keep it off public edges`,
});

const apiManagerAlone: Told[] = [
  sample('/am/sample/pizzashack/v1/api/menu', 'pizzashack'),
  sample('/am/sample/calculator/v1/api/add?x=1&y=1', 'calculator'),
  needsCredentials('/scim2/Users', 'API of users'),
  needsCredentials('/api/am/publisher/v4/apis', 'publisher API'),
  needsCredentials('/api/am/admin/v4/key-managers', 'admin API'),
  needsCredentials('/internal/data/v1/apis', 'internal data API'),
  needsCredentials('/api/identity/oauth2/v1.0/scopes', 'API of scopes'),
];

const servicePath = 'axis2_transport.parameter.servicePath';

const doorsOf = (server: AuditedServer, told: readonly Told[]): Door[] =>
  told.map((one) => ({ server, by: 'asking', ...one }));

const atGateway = (path: string, key: string, question: string, subject: string): Door => ({
  ...rowQuestion('gateway', key, { question, subject }),
  path,
});

/** What a stranger asks for, at the port that the command line names. */
export const doors: Readonly<Record<AuditedServer, readonly Door[]>> = {
  'api-manager': [
    ...doorsOf('api-manager', [
      ...management(`${offTheEdge}, and ${servicePath} = a name of your own`),
      ...apiManagerAlone,
    ]),
    {
      ...rowQuestion('api-manager', 'apim.devportal.enable_anonymous_mode', {
        question: 'anonymous-portal',
        subject: 'APIs of the developer portal',
      }),
      path: '/api/am/devportal/v3/apis',
    },
  ],
  'identity-server': doorsOf('identity-server', [
    ...management(byAccessRule('(.*)/services/(.*)')),
    ...identityServerAlone,
  ]),
  gateway: [
    atGateway('/services', "n_http.'http.block_service_list'", 'service-list', 'list of SOAP services'),
    atGateway('/services/Version', servicePath, 'soap-version', 'SOAP service of the version'),
    atGateway('/services/AuthenticationAdmin?wsdl', servicePath, 'soap-login', 'SOAP service of logins'),
  ],
};
