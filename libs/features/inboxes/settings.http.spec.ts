import { beforeEach, describe, expect, it } from '@jest/globals';
import { utc } from '#platform/time/utc';
import { inboxesSite } from '#testing/inboxes-site';

const { site, call, create, refused } = inboxesSite();

describe('the settings of an inbox', () => {
  const UNSET = {
    default_timezone: null,
    missed_reply_threshold_days: null,
    signature: null,
    label_inference_threshold: null,
    collaboration_enabled: false,
    webhook: null,
    updated_at: null,
  };
  let path: string;
  beforeEach(async () => {
    path = `${(await create()).inbox_id}/config/`;
  });

  it('are unset at first, and each changes by itself', async () => {
    expect((await call('GET', path)).body).toMatchObject(UNSET);
    const changes = {
      default_timezone: 'Europe/Lisbon',
      missed_reply_threshold_days: 3,
      signature: '<b>Bot</b>',
      label_inference_threshold: 0.5,
      collaboration_enabled: true,
    };
    const { status, body } = await call('PATCH', path, changes);
    expect([status, body]).toMatchObject([
      200,
      { ...changes, webhook: null, updated_at: utc(site.clock.now()) },
    ]);
    expect((await call('GET', path)).body).toEqual(body);
    const cleared = await call('PATCH', path, { signature: '', default_timezone: null });
    expect(cleared.body).toMatchObject({ ...changes, signature: null, default_timezone: null });
  });

  it.each([
    [{ default_timezone: 'Mars/Olympus' }, 'default_timezone'],
    [{ default_timezone: '' }, 'default_timezone'],
    [{ default_timezone: '+02:00' }, 'default_timezone'],
    [{ missed_reply_threshold_days: 0 }, 'missed_reply_threshold_days'],
    [{ missed_reply_threshold_days: 1.5 }, 'missed_reply_threshold_days'],
    [{ missed_reply_threshold_days: 366 }, 'missed_reply_threshold_days'],
    [{ label_inference_threshold: 1.1 }, 'label_inference_threshold'],
    [{ collaboration_enabled: null }, 'collaboration_enabled'],
    [{ webhook: { events: ['message.received'] } }, 'webhook.url'],
    [{ webhook: { url: 'nonsense' } }, 'webhook.url'],
    [{ webhook: { url: 'ftp://example.com/' } }, 'webhook.url'],
    [{ webhook: { url: 'https://example.com/', events: ['message.burnt'] } }, 'webhook.events'],
    [{ webhook: { url: 'https://example.com/', events: [] } }, 'webhook.events'],
    [{ colour: 'red' }, 'colour'],
    [{ webhook: { url: 'https://example.com/', colour: 'red' } }, 'webhook.colour'],
    [{ webhook: { url: 'https://example.com/', constructor: 'red' } }, 'webhook.constructor'],
  ])('refuse %j', async (changes, field) => {
    expect(await refused(call('PATCH', path, changes))).toEqual([400, 'validation-failed', field]);
  });

  it('keep, replace and clear the secret of the webhook, and show it never', async () => {
    const url = 'https://example.com/hook';
    const set = async (webhook: object | null) => (await call('PATCH', path, { webhook })).body.webhook;
    const kept = () => site.app.vault.records.list('inbox-webhook-secrets/');
    expect(await set({ url, secret: 'one' })).toEqual({
      url,
      events: ['message.received'],
      has_secret: true,
    });
    const [first] = await kept();
    expect(await set({ url, events: ['message.sent'] })).toMatchObject({ has_secret: true });
    expect(await kept()).toEqual([first]);
    await set({ url, secret: 'two' });
    expect(await kept()).not.toEqual([first]);
    const log = JSON.stringify(site.app.store.log.map(({ data }) => data));
    for (const secret of [url, 'one', 'two']) expect(log).not.toContain(`"${secret}"`);
    expect(await set({ url, secret: '' })).toMatchObject({ has_secret: false });
    await set({ url, secret: 'three' });
    expect(await set(null)).toBeNull();
    expect(await kept()).toEqual([]);
  });

  it('leave the secret as it is when the change is refused', async () => {
    await call('PATCH', path, { webhook: { url: 'https://example.com/', secret: 'one' } });
    const before = await site.app.vault.records.list('inbox-webhook-secrets/');
    const stale = { 'if-match': '"0"' };
    await call('PATCH', path, { webhook: { url: 'https://example.com/', secret: 'two' } }, stale);
    expect(await site.app.vault.records.list('inbox-webhook-secrets/')).toEqual(
      expect.arrayContaining([...before]),
    );
  });
});
