import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Context } from '#kernel/context';
import { Views } from '#platform/event-sourcing/views';
import { RequestContext } from '#platform/http/request-context';
import { Requires } from '#platform/http/requires';
import { GOVERNANCE_TIERS, PLANS, ROLES, type GovernanceTier, type Plan, type Role } from './events.js';
import { NEXT_ACTIONS, nextStep, type NextStep } from './next-step.js';
import { TenantProgress } from './progress.js';
import { tenants, users } from './read-model.js';
import { sessionInvalid } from './sessions.js';

export class OwnTenantBody {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty({ enum: PLANS }) readonly plan!: Plan;
  @ApiProperty({ enum: GOVERNANCE_TIERS }) readonly governance_tier!: GovernanceTier;
}

export class NextStepBody {
  @ApiProperty({ enum: NEXT_ACTIONS }) readonly action!: NextStep['action'];
  @ApiProperty({ type: String, nullable: true }) readonly method!: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly path!: string | null;
  @ApiProperty() readonly description!: string;
}

export class OwnUserBody {
  @ApiProperty() readonly user_id!: string;
  @ApiProperty() readonly email!: string;
  @ApiProperty({ enum: ROLES }) readonly role!: Role;
  @ApiProperty() readonly tenant!: OwnTenantBody;
  @ApiProperty() readonly mfa_enabled!: boolean;
  @ApiProperty() readonly next_step!: NextStepBody;
}

@ApiTags('Accounts')
@Controller('users')
export class OwnUserController {
  constructor(
    private readonly views: Views,
    private readonly progress: TenantProgress,
  ) {}

  @Get('me')
  @Requires('session')
  @ApiOkResponse({ type: OwnUserBody })
  async me(@RequestContext() { tenantId, actor }: Context): Promise<OwnUserBody> {
    const own = this.views.for({ tenantId });
    const [user, tenant] = [await own.get(users, actor.id), await own.get(tenants, tenantId)];
    if (!user || !tenant) throw sessionInvalid();
    return {
      user_id: user.userId,
      email: user.email,
      role: user.role,
      tenant: {
        id: tenant.tenantId,
        name: tenant.name,
        plan: tenant.plan,
        governance_tier: tenant.governanceTier,
      },
      mfa_enabled: false,
      next_step: nextStep(await this.progress.of(tenantId)),
    };
  }
}
