const portal = '/api/am/devportal/v3';

/** The calls to other servers that a registration takes, in their order: the service makes them, and so does the bare loop. */
export const registrationCalls = [
  '/api/identity/oauth2/dcr/v1.1/register',
  `${portal}/applications`,
  `${portal}/applications/the-application/map-keys`,
  `${portal}/subscriptions`,
] as const;
