import { afterEach, beforeEach } from '@jest/globals';
import { userEvents } from '#features/accounts/events';
import { users } from '#features/accounts/read-model';
import { domainEvents } from '#features/domains/events';
import { domains } from '#features/domains/read-model';
import { InboxesModule } from '#features/inboxes/module';
import { Clock } from '#platform/clock/clock';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { SessionCredentials, TokenCredentials } from '#platform/http/credentials';
import { MovableClock } from './context.js';
import { FixedCredentials } from './fixed-credentials.js';
import { InMemoryApp } from './in-memory-app.js';

const features = [
  EventSourcingModule.forFeature({ catalogs: [userEvents, domainEvents], projections: [users, domains] }),
  InboxesModule,
];

/** For the specs of a file: the inboxes of a tenant behind the API, on one verified domain, each time anew. */
export const inboxesSite = () => {
  const site = {} as { app: InMemoryApp; clock: MovableClock };
  const call = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    site.app.call('acmeSession', method, `/inboxes/${path}`, body, headers);
  const create = async (address = 'bot@agents.example.com', more = {}) =>
    (await call('POST', '', { address, ...more })).body;
  const refused = async (reply: ReturnType<typeof call>) => {
    const { status, body } = await reply;
    return [status, body.code, ...(body.errors ?? []).map(({ field }: { field: string }) => field)];
  };
  const verified = async (domain: string, domainId: string, tenantId = 'ten_acme') => {
    const data = {
      domainId,
      domain,
      domainUse: 'existing_domain',
      dmarcPolicy: 'none',
      dkimPublicKey: 'key',
      ownershipToken: 'token',
    };
    await site.app.given(`domain-${domainId}`, { type: 'DomainAdded', data }, { tenantId });
    await site.app.given(
      `domain-${domainId}`,
      { type: 'DomainVerified', data: { domainId, domain } },
      { tenantId },
    );
  };

  beforeEach(async () => {
    site.clock = new MovableClock();
    const ports = [
      { provide: Clock, useValue: site.clock },
      { provide: TokenCredentials, useClass: FixedCredentials },
      { provide: SessionCredentials, useClass: FixedCredentials },
    ];
    site.app = await InMemoryApp.start({ features, realCredentials: true, ports });
    await verified('agents.example.com', 'dom_1');
    await verified('rival.example.com', 'dom_2', 'ten_rival');
    await site.app.settled();
  });
  afterEach(() => site.app.stop());

  return { site, features, call, create, refused, verified };
};
