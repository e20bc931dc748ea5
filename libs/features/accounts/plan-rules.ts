import { GOVERNANCE_TIERS, type GovernanceTier, type Plan } from './events.js';

export type Terms = Readonly<{ plan: Plan; governanceTier: GovernanceTier; proControls: boolean }>;

const OPENED_BY: Readonly<Record<Plan, GovernanceTier>> = {
  builder: 'none',
  startup: 'token_controls',
  scale: 'full',
};

/** What a change leaves of a tenant's terms. A tier that is not named follows the plan; `team` is an extra of scale. */
export const changedTerms = (before: Terms, changes: Partial<Terms>): Terms => {
  const { plan, proControls } = { ...before, ...changes };
  const isSamePlan = plan === before.plan && proControls === before.proControls;
  const keepsTier = isSamePlan || (plan === 'scale' && before.governanceTier === 'team');
  const following = keepsTier ? before.governanceTier : proControls ? 'full' : OPENED_BY[plan];
  return { plan, proControls, governanceTier: changes.governanceTier ?? following };
};

export const isTier = (word: unknown): word is GovernanceTier =>
  (GOVERNANCE_TIERS as readonly unknown[]).includes(word);
