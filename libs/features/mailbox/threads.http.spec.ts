import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mailboxSite } from '#testing/mailbox-site';
import { queuedMail } from '#testing/mail';

const { site, MESSAGES, start, stop, given, get, ids, hour, bob } = mailboxSite();

describe('threads', () => {
  beforeEach(async () => {
    await start();
    await given({ messageId: 'msg_1', receivedAt: hour(1), subject: 'Budget' });
    await site.app.given('message-msg_2', queuedMail({ queuedAt: hour(3), subject: 'Re: Budget' }));
    await given({ messageId: 'msg_3', receivedAt: hour(2), threadId: 'thr_2', from: bob });
    await given({ messageId: 'msg_4', receivedAt: hour(4), threadId: 'thr_3', folder: 'spam' });
    await site.app.settled();
  });
  afterEach(stop);
  const threads = async (query: string) =>
    (await get(`${MESSAGES}threads/?${query}`)).body.results.map(
      (each: { thread_id: string }) => each.thread_id,
    );

  it('are listed by their latest message', async () => {
    const { body } = await get(`${MESSAGES}threads/`);
    expect(body).toMatchObject({ total: 2, position: 0, limit: 50, next_cursor: null });
    expect(body.results[0]).toEqual({
      thread_id: 'thr_1',
      subject: 'Budget',
      participants: [
        { email: 'ann@mail.example', name: 'ann' },
        { email: 'agent@mail.example', name: 'agent' },
      ],
      message_count: 2,
      unread_count: 1,
      last_message_at: '2026-01-01T03:00:00Z',
      snippet: 'Fine, thanks.',
      labels: [],
      folder: 'inbox',
      merged_into: null,
    });
    expect(await threads('sort=asc')).toEqual(['thr_2', 'thr_1']);
    expect(await threads('folder=spam')).toEqual(['thr_3']);
    expect(await threads('before=2026-01-01T02:30')).toEqual(['thr_2']);
    expect(await threads('q=budget')).toEqual(['thr_1']);
    expect(await threads('q=ann')).toEqual(['thr_1']);
    expect(await threads('label_id=lbl_1')).toEqual([]);
  });

  it('are read with their messages, oldest first', async () => {
    const { body } = await get(`${MESSAGES}threads/thr_1/`);
    expect(body).toMatchObject({ thread_id: 'thr_1', message_count: 2 });
    expect(body.messages.map((each: { message_id: string }) => each.message_id)).toEqual(['msg_1', 'msg_2']);
    const page = await get(`${MESSAGES}threads/thr_1/messages/?limit=1&position=1`);
    expect(page.body).toMatchObject({ results: [{ message_id: 'msg_2' }], total: 2, next_cursor: null });
    expect((await get(`${MESSAGES}threads/thr_9/`)).status).toBe(404);
  });

  it('count what changes', async () => {
    await site.app.call('acme', 'PATCH', `${MESSAGES}msg_1/`, { is_read: true });
    expect((await get(`${MESSAGES}threads/thr_1/`)).body).toMatchObject({ unread_count: 0 });
    for (let times = 0; times < 2; times += 1) await site.app.call('acme', 'DELETE', `${MESSAGES}msg_1/`);
    expect((await get(`${MESSAGES}threads/thr_1/`)).body).toMatchObject({
      message_count: 1,
      folder: 'sent',
      subject: 'Re: Budget',
    });
  });

  it('that were merged answer as the one that goes on', async () => {
    const merged = { threadId: 'thr_2', into: 'thr_1', inboxId: 'inb_acme' };
    await site.app.given('thread-thr_2', { type: 'ThreadsMerged', data: merged });
    await site.app.settled();
    const { body } = await get(`${MESSAGES}threads/thr_2/`);
    expect(body).toMatchObject({ thread_id: 'thr_1', merged_into: 'thr_1', message_count: 3 });
    expect((await get(`${MESSAGES}threads/thr_2/messages/`)).body.total).toBe(3);
    expect(await threads('')).toEqual(['thr_1']);
    expect(await ids('thread_id=thr_2')).toHaveLength(3);
  });
});
