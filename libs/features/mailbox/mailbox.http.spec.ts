import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mailboxSite } from '#testing/mailbox-site';
import { NOW } from '#testing/context';
import { queuedMail } from '#testing/mail';

const { site, MESSAGES, start, stop, given, stored, contentOf, get, ids, hour, bob, inZone } = mailboxSite();

describe('a message', () => {
  beforeEach(start);
  afterEach(stop);

  const row = {
    message_id: 'msg_1',
    thread_id: 'thr_1',
    inbox_id: 'inb_acme',
    direction: 'inbound',
    status: null,
    from: { email: 'ann@mail.example', name: 'ann' },
    to: [{ email: 'agent@mail.example', name: 'agent' }],
    cc: [],
    reply_to: [],
    subject: 'Hello',
    snippet: 'How are you?',
    attachments: [],
    labels: [],
    is_read: false,
    is_flagged: false,
    folder: 'inbox',
    received_at: '2026-01-01T00:00:00Z',
    sent_at: null,
    rfc_message_id: '<1@mail.example>',
    in_reply_to: null,
    unparsed: null,
    size: 1_000,
    imported: false,
  };

  it('is shown whole, and in a list without its bodies', async () => {
    const results = { spf: 'pass', dkim: 'pass', dmarc: 'pass', arc: 'none' };
    await given({
      contentId: await contentOf({
        text: 'How are you?\n> Well',
        html: '<p>',
        extractedText: 'How are you?',
      }),
      authentication: { ...results, dmarcPolicy: null, results: '' },
    });
    await site.app.settled();
    expect((await get(MESSAGES)).body).toEqual({
      results: [row],
      total: 1,
      position: 0,
      limit: 50,
      next_cursor: null,
    });
    const { body, headers } = await get(`${MESSAGES}msg_1/`);
    const bodies = { text_body: 'How are you?\n> Well', html_body: '<p>', extracted_text: 'How are you?' };
    expect(body).toEqual({ ...row, ...bodies, authentication: results, deliveries: null });
    expect(headers.get('etag')).toBe('"0"');
  });

  it('that was sent says what became of it', async () => {
    await site.app.given('message-msg_2', queuedMail());
    const ids = { deliveryId: 'dlv_1', messageId: 'msg_2' };
    const data = {
      ...ids,
      inboxId: 'inb_acme',
      destination: 'mail.example',
      recipients: ['ann@mail.example'],
    };
    const more = { mailFrom: '', blobId: '', size: 1, notBefore: NOW, expiresAt: NOW };
    await site.app.given('delivery-dlv_1', { type: 'DeliveryQueued', data: { ...data, ...more } });
    await site.app.settled();
    const delivery = { email: 'ann@mail.example', status: 'queued', attempts: 0, last_reply: null };
    const queued = [{ ...delivery, next_attempt_at: '2026-01-01T00:00:00Z' }];
    const path = `${MESSAGES}msg_2/`;
    const before = await get(path);
    expect(before.body).toMatchObject({ direction: 'outbound', status: 'queued', deliveries: queued });
    expect(before.body).toMatchObject({ sent_at: '2026-01-01T00:00:00Z', received_at: null, is_read: true });

    const started = { ...ids, attempt: 1, deadline: NOW };
    await site.app.given('delivery-dlv_1', { type: 'AttemptStarted', data: started });
    await site.app.settled();
    const known = { 'if-none-match': String(before.headers.get('etag')) };
    const after = await site.app.call('acme', 'GET', path, undefined, known);
    expect(after).toMatchObject({ status: 200, body: { status: 'sending' } });
    const ifMatch = { 'if-match': String(after.headers.get('etag')) };
    const changed = await site.app.call('acme', 'PATCH', path, { is_flagged: true }, ifMatch);
    expect(changed).toMatchObject({ status: 200, body: { is_flagged: true, status: 'sending' } });
  });

  it('is changed, unless it has changed since it was read', async () => {
    await given();
    await site.app.settled();
    const change = (body: object, more = {}) =>
      site.app.call('acme', 'PATCH', `${MESSAGES}msg_1`, body, more);
    const read = await change({ is_read: true, folder: 'archive' }, { 'if-match': '"0"' });
    expect(read).toMatchObject({ status: 200, body: { ...row, is_read: true, folder: 'archive' } });
    expect(read.headers.get('etag')).toBe('"2"');
    expect((await get(`${MESSAGES}msg_1`)).body).toEqual(read.body);
    expect(await change({ is_read: false }, { 'if-match': '"0"' })).toMatchObject({ status: 412 });
    for (const wrong of [{}, { folder: 'elsewhere' }, { is_read: 1 }, { is_read: null }, { subject: 'x' }])
      expect(await change(wrong)).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
  });

  it('is deleted into the trash, and from there for good', async () => {
    const contentId = await contentOf({ text: 'Secret' });
    await given({ contentId, blobId: await stored('raw') });
    await site.app.settled();
    const remove = () => site.app.call('acme', 'DELETE', `${MESSAGES}msg_1/`);
    expect((await remove()).status).toBe(204);
    expect((await get(`${MESSAGES}msg_1/`)).body).toMatchObject({ folder: 'trash' });
    expect([await ids(''), await ids('folder=trash')]).toEqual([[], ['msg_1']]);
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await get(`${MESSAGES}msg_1/`)).status).toBe(404);
    await site.app.settled();
    expect(await site.app.vault.blobs.read(contentId)).toBeNull();
  });

  it('of somebody else does not exist', async () => {
    await given();
    await site.app.settled();
    const calls: [string, string, object?][] = [
      ['GET', ''],
      ['GET', 'raw/'],
      ['GET', 'attachments/att_1/'],
      ['PATCH', '', { is_read: true }],
      ['DELETE', ''],
    ];
    for (const [method, path, body] of calls)
      for (const [caller, id] of [
        ['rival', 'msg_1'],
        ['rivalAdmin', 'msg_1'],
        ['acme', 'msg_unknown'],
      ]) {
        const refused = await site.app.call(caller ?? '', method, `${MESSAGES}${id}/${path}`, body);
        expect([method, path, refused.status, refused.body.code]).toEqual([method, path, 404, 'not-found']);
      }
    expect(await ids('', 'rival')).toEqual([]);
    expect((await get(`${MESSAGES}?inbox_id=inb_acme`, 'rivalAdmin')).status).toBe(404);
    expect((await get(`${MESSAGES}threads/thr_1/`, 'rival')).status).toBe(404);
  });

  it('is not for everybody to change, and a session says which inbox it means', async () => {
    await given();
    await site.app.settled();
    expect(await site.app.call('acmeReader', 'PATCH', `${MESSAGES}msg_1`, { is_read: true })).toMatchObject({
      status: 403,
      body: { code: 'scope-missing' },
    });
    expect((await get(MESSAGES, 'acmeSession')).body).toMatchObject({ code: 'inbox-id-required' });
    expect(await ids('inbox_id=inb_acme', 'acmeSession')).toEqual(['msg_1']);
    expect((await get(`${MESSAGES}msg_1/`, 'acmeSession')).status).toBe(200);
  });
});

describe('the list of messages', () => {
  beforeAll(async () => {
    await start();
    const attachments = [
      { attachmentId: 'att_1', filename: 'a', contentType: 'a/b', size: 1, contentId: null, blobId: 'x' },
    ];
    await given({ messageId: 'msg_1', receivedAt: hour(1), subject: 'Budget' });
    await given({ messageId: 'msg_3', receivedAt: hour(3), threadId: 'thr_2', from: bob, attachments });
    await given({
      messageId: 'msg_4',
      receivedAt: hour(4),
      threadId: 'thr_3',
      folder: 'spam',
      subject: 'Cheap',
    });
    const eva = { email: 'eva@xn--bcher-kva.example', name: null };
    await given({ messageId: 'msg_5', threadId: 'thr_4', folder: 'trash', from: eva });
    await site.app.given(
      'message-msg_2',
      queuedMail({ queuedAt: hour(2), to: [bob], subject: 'Re: Budget' }),
    );
    await site.app.settled();
  });
  afterAll(stop);

  it.each([
    ['', 'msg_3 msg_2 msg_1'],
    ['sort=asc', 'msg_1 msg_2 msg_3'],
    ['folder=spam', 'msg_4'],
    ['folder=sent', 'msg_2'],
    ['direction=inbound', 'msg_3 msg_1'],
    ['is_read=false', 'msg_3 msg_1'],
    ['is_read=true', 'msg_2'],
    ['has_attachments=true', 'msg_3'],
    ['thread_id=thr_1', 'msg_2 msg_1'],
    ['thread_id=thr_1&direction=outbound', 'msg_2'],
    ['thread_id=thr_9', ''],
    ['label_id=lbl_unknown', ''],
    ['after=2026-01-01T02:00:00Z', 'msg_3'],
    ['before=2026-01-01T02:00:00Z', 'msg_1'],
    ['after=2025-12-31&before=2026-01-01T02:30', 'msg_2 msg_1'],
    ['after=tomorrow', ''],
    ['q=budget', 'msg_2 msg_1'],
    ['q=BUDG%20re', 'msg_2'],
    ['q=bud%20xyz', ''],
    ['q=%20', 'msg_3 msg_2 msg_1'],
    ['q=cheap', ''],
    ['q=cheap&folder=spam', 'msg_4'],
    ['q=budget&sort=asc', 'msg_1 msg_2'],
    ['q=budget&direction=outbound', 'msg_2'],
    ['q=budget&after=2026-01-01T01:30', 'msg_2'],
    ['from=bob', 'msg_3'],
    ['from=Bob@Other.example', 'msg_3'],
    ['from=bob@oth', 'msg_3'],
    ['from=bob@other.exam', ''],
    ['from=bob@other.example.org', ''],
    ['to=bob@other.example', 'msg_2'],
    ['folder=trash&from=eva@xn--bcher-kva.example', 'msg_5'],
    ['folder=trash&from=Eva@B%C3%BCcher.example', 'msg_5'],
    ['folder=trash&from=eva@bucher.example', ''],
    ['subject=budget&from=ann', 'msg_1'],
  ])('with %s is %s', async (query, expected) => {
    expect((await ids(query)).join(' ')).toBe(expected);
  });

  it.each([
    ['q', 'q=1%202%203%204%205%206%207%208%209'],
    ['after', 'after=whenever'],
    ['before', 'before='],
    ['folder', 'folder=outbox'],
    ['is_read', 'is_read=yes'],
    ['direction', 'direction=up'],
    ['sort', 'sort=up'],
    ['limit', 'limit=201'],
    ['cursor', 'cursor=AAAA'],
    ['cursor', 'cursor=AAAA&q=budget'],
    ['colour', 'colour=red'],
  ])('refuses a bad %s by its name', async (name, query) => {
    const { status, body } = await get(`${MESSAGES}?${query}`);
    expect([status, body.errors?.[0]?.field]).toEqual([400, name]);
  });

  it.each(['', 'sort=asc&', 'q=budget&'])('goes on page by page: %s', async (query) => {
    const whole = await ids(query);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await get(`${MESSAGES}?${query}limit=1${cursor ? `&cursor=${cursor}` : ''}`);
      expect(body).toMatchObject({ total: whole.length, position: cursor ? null : 0, limit: 1 });
      seen.push(...body.results.map((each: { message_id: string }) => each.message_id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(seen).toEqual(whole);
    expect((await ids(`${query}position=1`)).slice(0, 1)).toEqual(whole.slice(1, 2));
  });

  it.each(['', 'q=budget&'])('takes no cursor of another list: %s', async (query) => {
    const { body } = await get(`${MESSAGES}?${query}limit=1`);
    const elsewhere = await get(`/messages/threads/?${query}cursor=${body.next_cursor}`);
    expect([elsewhere.status, elsewhere.body.errors?.[0]?.field]).toEqual([400, 'cursor']);
  });

  it('reads and shows times in the zone of the inbox', async () => {
    await inZone('America/New_York');
    expect(await ids('after=2025-12-31T21:00:00')).toEqual(['msg_3']);
    const { body } = await get(`${MESSAGES}?thread_id=thr_1&sort=asc`);
    expect(body.results).toMatchObject([
      { received_at: '2025-12-31T20:00:00', sent_at: null },
      { received_at: null, sent_at: '2025-12-31T21:00:00' },
    ]);
  });
});
