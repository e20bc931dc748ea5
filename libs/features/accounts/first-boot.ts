import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Context } from '#kernel/context';
import { EventStore } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { Config } from '#platform/config/config';
import { Commands } from '#platform/event-sourcing/commands';
import { idsFrom } from '#platform/event-sourcing/ids';
import { Views } from '#platform/event-sourcing/views';
import { Announcer } from '#platform/process/announcer';
import { BAD_CONFIGURATION, Refusal } from '#platform/process/refusal';
import { Reservations } from '#platform/reservations/reservations';
import { jsonBytes, readJson, Records } from '#platform/vault/records';
import { emailName } from './authentication.js';
import { CreateTenant, CreateUser } from './commands.js';
import { Passwords } from './passwords.js';
import { tenants, users } from './read-model.js';

/** Every id of the first boot is derived from it, so that one that was cut short goes on where it stopped. */
type Plan = Readonly<{ seed: string; at: string; isDone: boolean }>;

const RECORD = 'accounts/first-boot';

/** Where there is no tenant yet, the first one and its owner, every plan gate open. */
@Injectable()
export class FirstBoot implements OnApplicationBootstrap {
  constructor(
    private readonly config: Config,
    private readonly log: EventStore,
    private readonly records: Records,
    private readonly clock: Clock,
    private readonly commands: Commands,
    private readonly reservations: Reservations,
    private readonly passwords: Passwords,
    private readonly views: Views,
    private readonly announcer: Announcer,
  ) {}

  async onApplicationBootstrap() {
    const plan = (await readJson<Plan>(this.records, RECORD)) ?? (await this.begin());
    if (plan.isDone) return;
    if (!this.config.owner && this.config.production)
      throw new Refusal(
        'There is no tenant yet: set GENT_OWNER_EMAIL and GENT_OWNER_PASSWORD to create its owner',
        BAD_CONFIGURATION,
      );
    const owner = this.config.owner ?? generated();
    await this.create(owner, plan);
    if (!this.config.owner) this.announcer.say(`owner ${owner.email} password ${owner.password}`);
    await this.records.put(RECORD, jsonBytes({ ...plan, isDone: true }));
  }

  private async begin(): Promise<Plan> {
    const { events } = await this.log.readAll({ limit: 1, filter: { types: ['TenantCreated'] } });
    const plan: Plan = { seed: randomUUID(), at: this.clock.now(), isDone: events.length > 0 };
    await this.records.put(RECORD, jsonBytes(plan), { expected: 'absent' });
    return (await readJson<Plan>(this.records, RECORD)) ?? plan;
  }

  private async create({ email, password }: { email: string; password: string }, { seed, at }: Plan) {
    const newId = idsFrom(seed, at);
    const [tenantId, userId] = [newId('ten'), newId('usr')];
    const actor = { type: 'system', id: 'first-boot' } as const;
    const context: Context = { tenantId, actor, correlationId: seed, causationId: seed, now: at, newId };

    const created = await this.commands.execute(new CreateTenant({ tenantId, ...EVERYTHING }), context);
    await this.views.saveAhead(tenants, tenantId, created);
    if (!(await this.reservations.reserve(emailName(email), `user-${userId}`, context)))
      throw new Refusal('GENT_OWNER_EMAIL belongs to a user of another tenant');
    await this.passwords.set(userId, password);
    const owner = { userId, email, role: 'owner', confirmed: true } as const;
    await this.views.saveAhead(users, userId, await this.commands.execute(new CreateUser(owner), context));
  }
}

const EVERYTHING = {
  name: 'Gent',
  region: 'us',
  plan: 'scale',
  governanceTier: 'team',
  proControls: false,
} as const;

const generated = () => ({ email: 'owner@localhost', password: randomBytes(18).toString('base64url') });
