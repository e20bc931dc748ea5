import { Injectable } from '@nestjs/common';
import { notFound } from '#kernel/errors';
import { Clock } from '#platform/clock/clock';
import { newCause } from '#platform/event-sourcing/cause';
import { Commands } from '#platform/event-sourcing/commands';
import { Views } from '#platform/event-sourcing/views';
import { OpsRegistry, WrongUsage, type Call, type Operation } from '#platform/ops/registry';
import { later } from '#platform/time/later';
import { Authentication } from './authentication.js';
import { ChangePlan } from './commands.js';
import { TenantDirectory } from './directory.js';
import { GOVERNANCE_TIERS, PLANS, type Plan } from './events.js';
import { changedTerms, isTier } from './plan-rules.js';
import { tenants, type TenantView } from './read-model.js';
import { ACCESS_MS } from './sessions.js';

const OPERATOR = { type: 'system', id: 'operator' } as const;

/** `gent tenant`: what a tenant has bought, set by hand. */
@Injectable()
export class TenantOperation implements Operation {
  readonly about = 'Show tenants, set plan and governance tier';
  readonly usage = [
    'list',
    `set [--plan ${PLANS.join('|')}] [--tier ${GOVERNANCE_TIERS.join('|')}]`,
    'set --pro-controls | --no-pro-controls',
  ];
  readonly options = {
    plan: { type: 'string' },
    tier: { type: 'string' },
    'pro-controls': { type: 'boolean' },
    'no-pro-controls': { type: 'boolean' },
    tenant: { type: 'string' },
  } as const;

  constructor(
    private readonly directory: TenantDirectory,
    private readonly commands: Commands,
    private readonly views: Views,
    private readonly clock: Clock,
    registry: OpsRegistry,
  ) {
    registry.add('tenant', this);
  }

  readonly run = async (call: Call): Promise<void> => {
    const [verb, ...more] = call.words;
    if (more.length > 0 || (verb !== 'list' && verb !== 'set')) throw new WrongUsage('Say list or set');
    if (verb === 'set') return this.set(call);
    for (const tenant of await this.directory.all()) await show(call, tenant);
  };

  private async set(call: Call) {
    const changes = changesOf(call);
    const tenant = await this.directory.only(call.options['tenant']);
    const { tenantId } = tenant;
    const context = newCause({ tenantId, actor: OPERATOR, now: this.clock.now() });
    const receipt = await this.commands.execute(
      new ChangePlan({ tenantId, ...changedTerms(tenant, changes) }),
      context,
    );
    await this.views.saveAhead(tenants, tenantId, receipt);
    await show(call, await this.directory.only(tenantId));
  }
}

/** `gent session`: lets whoever is on the machine call the API as the owner for a quarter of an hour. */
@Injectable()
export class SessionOperation implements Operation {
  readonly about = 'Print an access token of the owner, good for 15 minutes';
  readonly usage = ['[--tenant <id>]'];
  readonly options = { tenant: { type: 'string' } } as const;

  constructor(
    private readonly directory: TenantDirectory,
    private readonly authentication: Authentication,
    private readonly clock: Clock,
    registry: OpsRegistry,
  ) {
    registry.add('session', this);
  }

  readonly run = async ({ options, say }: Call): Promise<void> => {
    const { tenantId } = await this.directory.only(options['tenant']);
    const userId = await this.directory.ownerOf(tenantId);
    if (!userId) throw notFound(`The tenant ${tenantId} has no owner`);
    const now = this.clock.now();
    const context = newCause({ tenantId, actor: OPERATOR, now });
    const { access_token } = await this.authentication.open(userId, context);
    const expires_at = later(now, ACCESS_MS);
    await say({ access_token, expires_at, user_id: userId, tenant_id: tenantId }, access_token);
  };
}

const changesOf = ({ options }: Call) => {
  const { plan, tier } = options;
  if (plan !== undefined && !isPlan(plan)) throw new WrongUsage(`--plan is one of ${PLANS.join(', ')}`);
  if (tier !== undefined && !isTier(tier))
    throw new WrongUsage(`--tier is one of ${GOVERNANCE_TIERS.join(', ')}`);
  const [on, off] = [options['pro-controls'] === true, options['no-pro-controls'] === true];
  if (on && off) throw new WrongUsage('--pro-controls and --no-pro-controls contradict each other');
  if (plan === undefined && tier === undefined && !on && !off) throw new WrongUsage('Say what to set');
  return {
    ...(plan !== undefined && { plan }),
    ...(tier !== undefined && { governanceTier: tier }),
    ...((on || off) && { proControls: on }),
  };
};

const isPlan = (word: unknown): word is Plan => (PLANS as readonly unknown[]).includes(word);

const show = ({ say }: Call, tenant: TenantView) => {
  const { tenantId, name, plan, governanceTier, proControls } = tenant;
  const pro = proControls ? ', pro controls' : '';
  return say(
    { tenant_id: tenantId, name, plan, governance_tier: governanceTier, pro_controls: proControls },
    `${tenantId}  ${name}  plan ${plan}, tier ${governanceTier}${pro}`,
  );
};
