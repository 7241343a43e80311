/** Business plans (subscription policies) of a stock installation: requests a minute; Unlimited knows no limit. */
export const businessPlans: readonly { name: string; requestCount: number; description: string }[] = [
  { name: 'Bronze', requestCount: 1000, description: 'Allows 1000 requests per minute' },
  { name: 'Gold', requestCount: 5000, description: 'Allows 5000 requests per minute' },
  { name: 'Silver', requestCount: 2000, description: 'Allows 2000 requests per minute' },
  { name: 'Unauthenticated', requestCount: 500, description: 'Allows 500 requests per minute' },
  { name: 'Unlimited', requestCount: 2147483647, description: 'Allows unlimited requests' },
];

/** Plans of applications. */
export const applicationPlans: readonly string[] = ['10PerMin', '20PerMin', '50PerMin', 'Unlimited'];

/** A business plan as the Publisher shows it. */
export const shownPlan = ({ name, requestCount, description }: (typeof businessPlans)[number]) => ({
  name,
  displayName: name,
  description,
  policyLevel: 'subscription',
  attributes: {},
  requestCount,
  totalTokenCount: 0,
  promptTokenCount: 0,
  completionTokenCount: 0,
  unitTime: name === 'Unlimited' ? 0 : 60000,
  timeUnit: 'min',
  rateLimitCount: 0,
  quotaPolicyType: 'REQUESTCOUNT',
  tierPlan: 'FREE',
  stopOnQuotaReach: true,
  monetizationProperties: {},
});
