import { setTimeout } from 'node:timers/promises';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '#platform/clock/clock';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { Views } from '#platform/event-sourcing/views';
import { utc } from '#platform/time/utc';
import { FixedClock, NOW } from '#testing/context';
import { DnsServer } from '#testing/dns-server';
import { InMemoryApp } from '#testing/in-memory-app';
import { inboxEvents } from '../inboxes/events.js';
import { DomainsModule } from './module.js';
import { verifiedDomains } from './read-model.js';

const DOMAINS = '/domains/';
const NAME = 'agents.example.com';

class MovingClock extends FixedClock {
  at = Date.parse(NOW);

  override now() {
    return new Date(this.at).toISOString();
  }

  /** Leaves the processor to those who make keys. */
  override async sleep(_: number, signal?: AbortSignal) {
    await setTimeout(2, undefined, signal && { signal });
  }

  hoursLater(hours: number) {
    this.at += hours * 3_600_000;
  }
}

let dns: DnsServer;
let app: InMemoryApp;
let clock: MovingClock;
beforeEach(async () => {
  dns = await DnsServer.start();
  clock = new MovingClock();
  app = await InMemoryApp.start({
    features: [DomainsModule, EventSourcingModule.forFeature({ catalogs: [inboxEvents] })],
    config: { dnsServers: [dns.address], mailHostname: 'mx.gent.example' },
    ports: [{ provide: Clock, useValue: clock }],
  });
});
afterEach(async () => {
  await app.stop();
  await dns.stop();
});

const add = (domain: string, more: object = {}, caller = 'acmeAdmin') =>
  app.call(caller, 'POST', DOMAINS, { domain, ...more });
const verify = (domain: string, caller = 'acmeSession') =>
  app.call(caller, 'POST', `${DOMAINS}${domain}/verify/`);
const show = (domain: string, caller = 'acmeSession') => app.call(caller, 'GET', `${DOMAINS}${domain}/`);
const remove = (domain: string) => app.call('acmeAdmin', 'DELETE', `${DOMAINS}${domain}/`);

type DnsRecordRow = Readonly<{
  record: string;
  type: string;
  host: string;
  value: string;
  priority: number | null;
  removable_after_verification: boolean;
}>;

/** What the owner would do with the answer. */
const publish = ({ body }: { body: Readonly<{ dns_records: readonly DnsRecordRow[] }> }) => {
  for (const { host } of body.dns_records) dns.zone[host] = {};
  for (const { type, host, value, priority } of body.dns_records) {
    const here = dns.zone[host];
    dns.zone[host] =
      type === 'MX' && priority !== null
        ? { ...here, MX: [{ exchange: value, priority }] }
        : { ...here, TXT: [...(here?.TXT ?? []), value.match(/.{1,100}/g) ?? []] };
  }
};

describe('a domain of the tenant', () => {
  it('is answered with the five records that it needs', async () => {
    const { status, body } = await add('Agents.Example.com', { domain_use: 'dedicated_subdomain' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      domain_id: expect.stringMatching(/^dom_[0-9A-Z]{26}$/),
      domain: NAME,
      domain_use: 'dedicated_subdomain',
      dmarc_policy: 'reject',
      status: 'pending',
      sending_ready: false,
      verified_at: null,
      last_checked_at: null,
      created_at: utc(NOW),
    });
    const at = (record: string, type: string, name: string, value: unknown) => ({
      record,
      type,
      name,
      host: name === '@' ? NAME : `${name}.${NAME}`,
      value,
      ttl: 3600,
      required_after_verification: record !== 'gent-verify',
      ...(type === 'MX' && { priority: 10 }),
    });
    expect(body.dns_records).toEqual([
      at('MX', 'MX', '@', 'mx.gent.example'),
      at('SPF', 'TXT', '@', 'v=spf1 include:mx.gent.example ~all'),
      at('DKIM', 'TXT', 'gent._domainkey', expect.stringMatching(/^v=DKIM1; k=rsa; p=MII[\w+/]{380,}=*$/)),
      at('DMARC', 'TXT', '_dmarc', 'v=DMARC1; p=reject'),
      at('gent-verify', 'TXT', '_gent-verify', expect.stringMatching(/^gent-verify=[0-9a-f]{32}$/)),
    ]);
    expect((await show(NAME)).body).toEqual(body);
    expect((await app.call('acmeSession', 'GET', DOMAINS)).body).toMatchObject({ results: [body], total: 1 });
    expect((await add('other.example')).body.dmarc_policy).toBe('quarantine');
    expect((await add('third.example', { dmarc_policy: 'none' })).body.dmarc_policy).toBe('none');
  });

  it('has a key of its own, whose private half is in the vault alone', async () => {
    const { body } = await add(NAME);
    const { value } = body.dns_records.find(({ record }: DnsRecordRow) => record === 'DKIM');
    const stored = await app.vault.records.get(`dkim/${body.domain_id}`);
    const key = createPrivateKey(Buffer.from(stored?.value ?? []));
    expect(key.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    const spki = createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({
      type: 'spki',
      format: 'der',
    });
    expect(value).toBe(`v=DKIM1; k=rsa; p=${spki.toString('base64')}`);
    const log = JSON.stringify(app.store.log.map(({ data }) => data));
    expect(log).not.toContain('PRIVATE');
  });

  it('is verified once all five records stand in DNS, and stays so', async () => {
    const added = await add(NAME);
    expect((await verify(NAME)).body).toMatchObject({ status: 'pending', last_checked_at: utc(NOW) });
    publish(added);
    clock.hoursLater(0.1);
    const at = utc(clock.now());
    expect((await verify(NAME)).body).toMatchObject({
      status: 'verified',
      sending_ready: true,
      verified_at: at,
      last_checked_at: at,
    });
    clock.hoursLater(0.1);
    dns.zone[`_gent-verify.${NAME}`] = {};
    expect((await verify(NAME)).body).toMatchObject({ status: 'verified', verified_at: at });
    const check = await app.call('acmeSession', 'GET', `${DOMAINS}${NAME}/check/`);
    expect(check.body).toMatchObject({ all_ok: true });
    expect(await app.get(Views).for({ tenantId: 'ten_acme' }).get(verifiedDomains, NAME)).toMatchObject({
      domain: NAME,
      domainId: added.body.domain_id,
      tenantId: 'ten_acme',
      sendingReady: true,
    });
  });

  it('is reported on record by record, without an effect', async () => {
    const added = await add(NAME);
    publish(added);
    dns.zone[NAME] = { ...dns.zone[NAME], MX: [{ exchange: 'mx.other.example', priority: 5 }] };
    delete dns.zone[`_dmarc.${NAME}`];
    dns.faults[`_gent-verify.${NAME}`] = 'servfail';
    const before = app.store.log.length;
    const { status, body } = await app.call('acmeSession', 'GET', `${DOMAINS}${NAME}/check/`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ domain: NAME, all_ok: false });
    const [mx, spf, dkim, dmarc, ownership] = body.records;
    expect(mx).toEqual({
      record: 'MX',
      status: 'mismatch',
      expected: 'mx.gent.example',
      found: ['mx.other.example'],
    });
    expect([spf.status, dkim.status, dmarc.status, ownership.status]).toEqual([
      'ok',
      'ok',
      'missing',
      'error',
    ]);
    expect(spf.found).toEqual([spf.expected]);
    expect(app.store.log).toHaveLength(before);
    expect((await show(NAME)).body).toMatchObject({ status: 'pending', last_checked_at: null });
  });

  it('under .test is verified without DNS in the sandbox', async () => {
    await add('acme.test');
    expect((await verify('acme.test')).body).toMatchObject({ status: 'verified', sending_ready: true });
    expect(dns.questions).toEqual([]);
  });

  it('is removed, and may be added anew with another key', async () => {
    const first = await add('acme.test');
    await verify('acme.test');
    expect((await remove('acme.test')).status).toBe(204);
    expect((await show('acme.test')).status).toBe(404);
    expect((await remove('acme.test')).status).toBe(404);
    expect(await app.vault.records.get(`dkim/${first.body.domain_id}`)).toBeNull();
    const again = await add('acme.test', {}, 'rivalAdmin');
    expect(again.status).toBe(201);
    expect((await verify('acme.test', 'rivalAdmin')).body.status).toBe('verified');
    await app.settled();
    const stored = await app.get(Views).for({ tenantId: 'ten_rival' }).get(verifiedDomains, 'acme.test');
    expect(stored).toMatchObject({ tenantId: 'ten_rival', domainId: again.body.domain_id });
    expect((await add('acme.test')).body.code).toBe('domain-taken');
  });

  it('cannot be removed while an inbox on it is active or suspended', async () => {
    await add('acme.test');
    const inbox = { inboxId: 'inb_1', address: 'a@acme.test', domain: 'acme.test' };
    const created = { ...inbox, displayName: null, ownerUserId: 'usr_acme' };
    await app.given('inbox-inb_1', { type: 'InboxCreated', data: created });
    expect(await remove('acme.test')).toMatchObject({ status: 409, body: { code: 'domain-in-use' } });
    const closing = { inboxId: 'inb_1', closingAt: NOW, purgeAt: NOW };
    await app.given('inbox-inb_1', { type: 'InboxClosing', data: closing });
    expect((await remove('acme.test')).status).toBe(204);
  });
});

describe('a name that several want', () => {
  it('is refused to the tenant that has it, with its id', async () => {
    const { body } = await add(NAME);
    expect(await add(`${NAME}.`)).toMatchObject({
      status: 409,
      body: { code: 'domain-exists', domain_id: body.domain_id },
    });
  });

  it('belongs to the first who verifies it; the others have failed', async () => {
    const ours = await add('acme.test');
    await add('acme.test', {}, 'rivalAdmin');
    expect((await verify('acme.test')).body.status).toBe('verified');
    await app.settled();
    expect((await show('acme.test', 'rivalAdmin')).body.status).toBe('failed');
    expect((await verify('acme.test', 'rivalAdmin')).body).toMatchObject({ status: 'failed' });
    expect((await show('acme.test')).body).toMatchObject({
      status: 'verified',
      domain_id: ours.body.domain_id,
    });
  });

  it('is verified by one of many who prove it at once', async () => {
    await Promise.all(['acmeAdmin', 'rivalAdmin'].map((caller) => add('acme.test', {}, caller)));
    const answers = await Promise.all(
      ['acmeAdmin', 'rivalAdmin'].map((caller) => verify('acme.test', caller)),
    );
    expect(answers.map(({ body }) => body.status).sort()).toEqual(['failed', 'verified']);
  });
});

describe('the schedule', () => {
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = Date.now() + 4_000; !(await holds()) && Date.now() < end;) await setTimeout(30);
    expect(await holds()).toBe(true);
  };
  const is = (status: string, sendingReady: boolean) => async () => {
    const { body } = await show(NAME);
    return body.status === status && body.sending_ready === sendingReady;
  };

  it('verifies a domain without being asked, and takes its readiness after three failures', async () => {
    publish(await add(NAME));
    clock.hoursLater(1 / 6);
    await until(is('verified', true));
    const dmarc = dns.zone[`_dmarc.${NAME}`] ?? {};
    dns.zone[`_dmarc.${NAME}`] = {};
    for (let failures = 1; failures <= 3; failures += 1) {
      expect(await is('verified', true)()).toBe(true);
      clock.hoursLater(6);
      const at = utc(clock.now());
      await until(async () => (await show(NAME)).body.last_checked_at === at);
    }
    await until(is('verified', false));
    dns.zone[`_dmarc.${NAME}`] = dmarc;
    clock.hoursLater(6);
    await until(is('verified', true));
    const types = app.store.log.map(({ type }) => type);
    expect(types.filter((type) => type === 'DomainDegraded')).toHaveLength(1);
  });

  it('catches up after a restart, once', async () => {
    publish(await add(NAME));
    await verify(NAME);
    dns.questions.length = 0;
    clock.hoursLater(0.1);
    app = await app.restarted();
    clock.hoursLater(13);
    const at = utc(clock.now());
    await until(async () => (await show(NAME)).body.last_checked_at === at);
    expect(dns.questions).toHaveLength(5);
  });
});

describe('the domains API', () => {
  it('lists the newest first, or the oldest, page by page', async () => {
    for (const name of ['a.test', 'b.test', 'c.test']) {
      await add(name);
      clock.hoursLater(1);
    }
    const list = async (query: string) => (await app.call('acmeSession', 'GET', `${DOMAINS}?${query}`)).body;
    const names = ({ results }: { results: readonly { domain: string }[] }) =>
      results.map(({ domain }) => domain);
    expect(names(await list(''))).toEqual(['c.test', 'b.test', 'a.test']);
    const first = await list('sort=asc&limit=2');
    const cursor = encodeURIComponent(first.next_cursor);
    expect(names(first)).toEqual(['a.test', 'b.test']);
    expect(names(await list(`sort=asc&cursor=${cursor}`))).toEqual(['c.test']);
  });

  it.each([
    [401, 'credential-missing', null, { domain: NAME }],
    [403, 'session-required', 'acme', { domain: NAME }],
    [403, 'role-required', 'acmeSession', { domain: NAME }],
    [400, 'validation-failed', 'acmeAdmin', { domain: 'localhost' }, 'domain'],
    [400, 'validation-failed', 'acmeAdmin', { domain: 'co.uk' }, 'domain'],
    [400, 'validation-failed', 'acmeAdmin', {}, 'domain'],
    [400, 'validation-failed', 'acmeAdmin', { domain: NAME, domain_use: 'x' }, 'domain_use'],
    [400, 'validation-failed', 'acmeAdmin', { domain: NAME, dmarc_policy: null }, 'dmarc_policy'],
  ])('refuses to add with %i %s', async (status, code, caller, body, ...fields) => {
    const refused = await app.call(caller, 'POST', DOMAINS, body);
    expect(refused).toMatchObject({ status, body: { code } });
    expect((refused.body.errors ?? []).map(({ field }: Readonly<{ field: string }>) => field)).toEqual(
      fields,
    );
  });

  it('is added by one of many calls at once, and the others are told so', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => add(NAME)));
    const [added, ...more] = answers.filter(({ status }) => status === 201);
    expect(more).toEqual([]);
    const { domain_id } = added?.body ?? {};
    const others = answers.filter(({ status }) => status !== 201);
    for (const { status, body } of others)
      expect({ status, body }).toMatchObject({ status: 409, body: { code: 'domain-exists', domain_id } });
    expect((await app.vault.records.list('dkim/')).length).toBe(1);
  });

  it('is another answer after every check, of the same revision', async () => {
    publish(await add(NAME));
    const tag = ({ headers }: { headers: Headers }) => String(headers.get('etag'));
    const known = tag(await verify(NAME));
    const seen = (etag: string) =>
      app.call('acmeSession', 'GET', `${DOMAINS}${NAME}/`, undefined, { 'if-none-match': etag });
    expect((await seen(known)).status).toBe(304);
    clock.hoursLater(1);
    const again = tag(await verify(NAME));
    const { status, body } = await seen(known);
    expect([status, body.last_checked_at]).toEqual([200, utc(clock.now())]);
    expect((await seen(again)).status).toBe(304);
    const insist = (etag: string) =>
      app.call('acmeAdmin', 'DELETE', `${DOMAINS}${NAME}/`, undefined, { 'if-match': etag });
    expect((await insist('"99"')).status).toBe(412);
    expect((await insist(again)).status).toBe(204);
  });

  it("knows nothing of another tenant's domains", async () => {
    await add(NAME);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', 'check/'],
      ['POST', 'verify/'],
      ['DELETE', ''],
    ] as const)
      expect((await app.call('rivalAdmin', method, `${DOMAINS}${NAME}/${path}`)).status).toBe(404);
    expect((await app.call('rivalAdmin', 'GET', DOMAINS)).body.results).toEqual([]);
  });

  it('describes itself', async () => {
    const types = await app.call('acmeSession', 'GET', '/domains/dns-record-types/');
    expect(types.body).toMatchObject({
      resource: 'domain_dns_record_types',
      counts: { dns_record_types: 5 },
    });
    const removable = types.body.dns_record_types.filter(
      (each: DnsRecordRow) => each.removable_after_verification,
    );
    expect(removable.map(({ record }: DnsRecordRow) => record)).toEqual(['gent-verify']);
    const { body, headers } = await app.call('acmeSession', 'GET', '/domains/reference/');
    expect(headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(body).toMatchObject({
      version: '2026-06-06',
      resource: 'domains',
      counts: { dns_record_types: 5, dmarc_policy_guidance: 4, domain_uses: 2 },
      setup: { dmarc_default: { existing_domain: 'quarantine', dedicated_subdomain: 'reject' } },
    });
  });
});
