import { afterEach, beforeEach } from '@jest/globals';
import { tenantEvents } from '#features/accounts/events';
import { tenants } from '#features/accounts/read-model';
import { domainEvents } from '#features/domains/events';
import { domains } from '#features/domains/read-model';
import { InboxesModule } from '#features/inboxes/module';
import { TokensModule } from '#features/tokens/module';
import type { Filter, LogBatch, Position } from '#kernel/event-store';
import { Clock } from '#platform/clock/clock';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { SessionCredentials } from '#platform/http/credentials';
import { ReadStore } from '#platform/read-store/read-store';
import { MovableClock } from './context.js';
import { FixedCredentials } from './fixed-credentials.js';
import { InMemoryApp } from './in-memory-app.js';
import { InMemoryEventStore } from './in-memory-event-store.js';
import { InMemoryReadStore } from './in-memory-read-store.js';

/** A log whose followers can be held up, so that every view lags for as long as one likes. */
class StallingEventStore extends InMemoryEventStore {
  private stall = Promise.withResolvers<void>();

  constructor() {
    super();
    this.flow();
  }

  hold() {
    this.stall = Promise.withResolvers();
  }

  flow() {
    this.stall.resolve();
  }

  override async *subscribe(
    after: Position,
    stopping: AbortSignal,
    filter?: Filter,
  ): AsyncIterable<LogBatch> {
    for await (const batch of super.subscribe(after, stopping, filter)) {
      await this.stall.promise;
      yield batch;
    }
  }
}

/** A store of documents that can be away. */
class FlakyReadStore extends InMemoryReadStore {
  isAway = false;

  override async write(...change: Parameters<ReadStore['write']>) {
    if (this.isAway) throw new Error('away');
    return super.write(...change);
  }
}

const features = [
  EventSourcingModule.forFeature({
    catalogs: [tenantEvents, domainEvents],
    projections: [tenants, domains],
  }),
  InboxesModule,
  TokensModule,
];

type Site = {
  clock: MovableClock;
  store: StallingEventStore;
  documents: FlakyReadStore;
  app: InMemoryApp;
};

/** For the specs of a file: the tokens of a tenant behind the API, of two inboxes, each time anew. */
export const tokensSite = () => {
  const site = {} as Site;
  const startProcess = (vault?: InMemoryApp['vault']) => {
    const ports = [
      { provide: Clock, useValue: site.clock },
      { provide: ReadStore, useValue: site.documents },
      { provide: SessionCredentials, useClass: FixedCredentials },
    ];
    return InMemoryApp.start({ features, realCredentials: true, ports, store: site.store }, vault);
  };

  const givenInbox = async (inboxId: string, tenantId = 'ten_acme') => {
    const data = {
      inboxId,
      address: `${inboxId}@agents.example.com`,
      domain: 'agents.example.com',
      displayName: 'Bot',
      ownerUserId: 'usr_acme',
    };
    await site.app.given(`inbox-${inboxId}`, { type: 'InboxCreated', data }, { tenantId, inboxId });
  };
  const givenDomain = async (domain: string) => {
    const keys = { dkimPublicKey: 'key', ownershipToken: 'token' };
    const data = { domainId: 'dom_1', domain, domainUse: 'existing_domain', dmarcPolicy: 'none', ...keys };
    await site.app.given('domain-dom_1', { type: 'DomainAdded', data });
    await site.app.given('domain-dom_1', { type: 'DomainVerified', data: { domainId: 'dom_1', domain } });
    await site.app.settled();
  };
  const givenTier = async (governanceTier: string) => {
    const data = { tenantId: 'ten_acme', plan: 'scale', governanceTier, proControls: false };
    await site.app.given('tenant-ten_acme', { type: 'PlanChanged', data });
    await site.app.settled();
  };

  beforeEach(async () => {
    [site.clock, site.store, site.documents] = [
      new MovableClock(),
      new StallingEventStore(),
      new FlakyReadStore(),
    ];
    site.app = await startProcess();
    const data = { tenantId: 'ten_acme', name: 'Acme', region: 'us', plan: 'scale', governanceTier: 'team' };
    await site.app.given('tenant-ten_acme', { type: 'TenantCreated', data: { ...data, proControls: false } });
    await givenInbox('inb_a');
    await givenInbox('inb_b');
    await givenInbox('inb_rival', 'ten_rival');
    await site.app.settled();
  });
  afterEach(() => site.app.stop());

  const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    site.app.call('acmeSession', method, `/tokens/${path}`, body, headers);
  const wanted = { inbox_id: 'inb_a', scopes: ['email:read'], label: 'Support' };
  const create = async (more = {}) => (await call('POST', '', { ...wanted, ...more })).body;
  const refused = async (reply: ReturnType<typeof call>) => {
    const { status, body } = await reply;
    return [status, body.code, ...(body.errors ?? []).map(({ field }: { field: string }) => field)];
  };
  /** What becomes of a call that every token may make. */
  const used = async (raw: string, at = site.app) => {
    const { status, body } = await at.call(raw, 'GET', '/tokens/self/');
    return status === 200 ? 'accepted' : body.code;
  };
  const patch = (tokenId: string, body: object, headers?: Record<string, string>) =>
    call('PATCH', `${tokenId}/`, body, headers);

  return { site, wanted, startProcess, givenDomain, givenTier, call, create, refused, used, patch };
};
