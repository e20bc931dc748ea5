import { describe, expect, it } from '@jest/globals';
import { OpsRegistry } from '#platform/ops/registry';
import { NOW } from '#testing/context';
import { deliverySite } from '#testing/delivery-site';

const { site, start, send, view, reaches } = deliverySite();

describe('gent queue', () => {
  const queue = (...words: readonly string[]) => queueWith({}, ...words);
  const queueWith = async (options: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const rows: object[] = [];
    const say = async (row: object) => void rows.push(row);
    const { signal: stopping } = new AbortController();
    await site.app.get(OpsRegistry).find('queue')?.run({ words, options, say, stopping });
    await site.app.settled();
    return rows as readonly Readonly<{ deliveryId: string; status: string }>[];
  };

  it('lists what waits, and holds, retries and drops it', async () => {
    await start({ script: { MAIL: '451 4.3.0 Later' } });
    const first = await send(['ann@mail.example']);
    await reaches(first, 'deferred');
    const [waiting] = await queue();
    const id = waiting?.deliveryId ?? '';
    expect(waiting).toMatchObject({ status: 'waiting', destination: 'mail.example', lastReason: 'peer' });
    await queue('hold', id);
    expect((await view(first)).status).toBe('held');
    site.host.options = {};
    await queue('retry', id);
    await reaches(first, 'sent');
    expect(await queue()).toEqual([]);
    expect(await queue('show', id)).toMatchObject([{ status: 'done', attempt: 2 }]);

    site.host.options = { script: { RCPT: '451 4.3.0 Later' } };
    const second = await send(['bob@mail.example']);
    await reaches(second, 'deferred');
    await queue('drop', 'all');
    await reaches(second, 'bounced');
    await expect(queue('drop', 'dlv_none')).rejects.toMatchObject({ code: 'not-found' });
    for (const words of [['burn', id], ['constructor', id], ['burn'], ['drop']])
      await expect(queue(...words)).rejects.toMatchObject({ name: 'WrongUsage' });
    await expect(queue('burn')).rejects.toThrow('none of list');
    expect(await queueWith({ status: 'held' }, 'list')).toEqual([]);
    await expect(queueWith({ status: 'holding' }, 'list')).rejects.toMatchObject({ name: 'WrongUsage' });
  });

  it('retries all of many once, however slowly they go', async () => {
    await start({ script: { MAIL: 'silence' } });
    for (let index = 0; index < 250; index += 1) {
      const deliveryId = `dlv_${String(index).padStart(26, '0')}`;
      const ids = { deliveryId, messageId: 'msg_x', inboxId: 'inb_acme', destination: 'mail.example' };
      const to = { recipients: ['ann@mail.example'], count: 1, mailFrom: 'x@acme.example' };
      const what = { blobId: 'blb_none', size: 1, rfcMessageId: '<x@acme.example>' };
      const when = { notBefore: NOW, expiresAt: '2026-01-06T00:00:00.000Z' };
      const data = { ...ids, ...to, ...what, ...when };
      await site.app.given(`delivery-${deliveryId}`, { type: 'DeliveryQueued', data });
    }
    await site.app.settled();
    const retried = new Map<string, number>();
    const say = async (row: object) => {
      const { deliveryId } = row as { deliveryId: string };
      retried.set(deliveryId, (retried.get(deliveryId) ?? 0) + 1);
      if ((retried.get(deliveryId) ?? 0) > 3) throw new Error('It goes round and round');
      site.clock.advance(1);
      await site.app.settled();
    };
    const { signal: stopping } = new AbortController();
    await site.app
      .get(OpsRegistry)
      .find('queue')
      ?.run({ words: ['retry', 'all'], options: {}, say, stopping });
    expect([retried.size, Math.max(...retried.values())]).toEqual([250, 1]);
  });
});
