import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ExpectedRevision } from '#kernel/event-store';
import type { NewEvent } from '#kernel/messages';
import { Clock } from '#platform/clock/clock';
import { Commands } from '#platform/event-sourcing/commands';
import { EventSourcingModule } from '#platform/event-sourcing/module';
import { unparsed } from '#mail/message/parse-message';
import { Parser } from '#platform/parsing/parser';
import { Sagas } from '#platform/event-sourcing/sagas';
import { SearchIndex, type SearchWord } from '#platform/search/search-index';
import { indexOf } from '#platform/search/searchable';
import { Views } from '#platform/event-sourcing/views';
import { contextOf, FixedClock } from '#testing/context';
import { InMemoryApp } from '#testing/in-memory-app';
import { InMemoryEventStore } from '#testing/in-memory-event-store';
import { acceptedMail, queuedMail } from '#testing/mail';
import { inboxEvents } from '../inboxes/events.js';
import { Contents } from './contents.js';
import { AcceptMessage, EraseMessage, messageIdOf, QueueMessage, threadIdOf } from './commands.js';
import type { Authentication, MessageAccepted } from './events.js';
import { MailboxModule } from './module.js';
import { messages, threads, type MessageView } from './read-model.js';
import type { Content } from './received.js';
import { keepThreadsTogether, parseAcceptedMail } from './sagas.js';
import { searchedMessages } from './search.js';

/** After what we sent. */
const receivedAt = '2026-01-01T00:01:00.000Z';
const scope = { tenantId: 'ten_acme', inboxId: 'inb_acme' };
const features = [MailboxModule, EventSourcingModule.forFeature({ catalogs: [inboxEvents] })];

let app: InMemoryApp;
beforeEach(async () => {
  app = await InMemoryApp.start({ features });
});
afterEach(() => app.stop());

const views = () => app.get(Views).for(scope);

/** As the SMTP server does it: the bytes into the vault, then the event. */
const arrives = async (raw: string, over: Partial<MessageAccepted['data']> = {}): Promise<string> => {
  const bytes = Buffer.from(raw.replaceAll('\n', '\r\n'));
  const rfcMessageId = /^Message-ID: (.*)$/im.exec(raw)?.[1] ?? '';
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const messageId = messageIdOf('inb_acme', sha256, rfcMessageId);
  const { blobId } = await app.vault.blobs.put({ scope, subject: messageId }, bytes);
  const data = {
    ...acceptedMail().data,
    messageId,
    blobId,
    size: bytes.length,
    rfcMessageId,
    receivedAt,
    ...over,
  };
  await app.get(Commands).execute(new AcceptMessage(data), contextOf({}, `${messageId}-accept`));
  return messageId;
};
const shown = async (messageId: string) => {
  await app.settled();
  return views().get(messages, messageId);
};
const contentOf = async (message: MessageView | null): Promise<Content | null> =>
  message && app.get(Contents).of(message);

const mail = (id: string, subject: string, more = '', from = 'Ann <ann@mail.example>') =>
  `Message-ID: <${id}@mail.example>\nFrom: ${from}\nTo: agent@acme.example\nSubject: ${subject}\n${more}\nHello\n`;

describe('mail that was accepted', () => {
  it('is shown with what it says', async () => {
    const id = await arrives(
      `Message-ID: <1@mail.example>\nFrom: Ann <ann@mail.example>\nTo: agent@acme.example\nSubject: Report\n` +
        `Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHere it is.\n\n--b\n` +
        `Content-Type: text/csv\nContent-Disposition: attachment; filename=a.csv\n\n1,2\n--b--\n`,
    );
    const message = await shown(id);
    expect(message).toMatchObject({
      messageId: id,
      direction: 'inbound',
      folder: 'inbox',
      isRead: false,
      subject: 'Report',
      snippet: 'Here it is.',
      from: { email: 'ann@mail.example', name: 'Ann' },
      threadId: threadIdOf('inb_acme', { references: [], inReplyTo: null, rfcMessageId: '<1@mail.example>' }),
      hasAttachments: true,
      unparsed: null,
    });
    expect(await contentOf(message)).toMatchObject({ text: 'Here it is.\n', html: null });
    const [attachment] = message?.attachments ?? [];
    expect(attachment).toMatchObject({ filename: 'a.csv', contentType: 'text/csv', size: 3 });
    expect(String(await app.vault.blobs.read(attachment?.blobId ?? ''))).toBe('1,2');
  });

  it('is one message, however often a peer repeats it', async () => {
    const id = await arrives(mail('1', 'Hello'));
    await app.settled();
    expect(await arrives(mail('1', 'Hello'))).toBe(id);
    await app.settled();
    expect((await app.store.read(`message-${id}`)).map(({ type }) => type)).toEqual([
      'MessageAccepted',
      'MessageReceived',
    ]);
    expect(await arrives(mail('1', 'Hello!'))).not.toBe(id);
  });

  const failing = { spf: 'fail', dkim: 'none', dmarc: 'fail', arc: 'none', results: '' };
  it.each([
    ['spam', { ...failing, dmarcPolicy: 'reject' }],
    ['spam', { ...failing, dmarcPolicy: 'quarantine' }],
    ['inbox', { ...failing, dmarcPolicy: 'none' }],
    ['inbox', { ...failing, dmarc: 'temperror', dmarcPolicy: 'reject' }],
  ] satisfies [string, Authentication][])('lies in %s as its sender asks', async (folder, authentication) => {
    expect(await shown(await arrives(mail('1', 'Hello'), { authentication }))).toMatchObject({ folder });
  });

  it('that is a bomb is shown unparsed, and holds up nothing', async () => {
    const deep = Array.from(
      { length: 2_000 },
      (_, at) => `Content-Type: multipart/mixed; boundary=${at}\n\n--${at}\n`,
    );
    const bomb = await arrives(`Subject: Boom\nFrom: eve@mail.example\n${deep.join('')}`);
    const plain = await arrives(mail('1', 'Hello'));
    expect(await shown(bomb)).toMatchObject({ unparsed: 'too-deep', subject: 'Boom', contentId: null });
    expect(await shown(plain)).toMatchObject({ subject: 'Hello' });
    expect(app.get(Sagas).parked(parseAcceptedMail.name)).toEqual([]);
  });

  it('is read from the mail where it is small, also by a program that did not take it apart', async () => {
    const id = await arrives(mail('1', 'Hello', 'Content-Type: text/html\n'));
    expect(await shown(id)).toMatchObject({ contentId: null, snippet: 'Hello' });
    const content = { html: 'Hello\n', text: 'Hello' };
    expect(await contentOf(await shown(id))).toMatchObject(content);
    app = await app.restarted();
    expect(await contentOf(await shown(id))).toMatchObject(content);
  });

  it('that is too much to read again at the moment is not shown as empty', async () => {
    const small = await shown(await arrives(mail('1', 'Hello')));
    app = await app.restarted();
    const parser = app.get(Parser);
    const parse = parser.parse.bind(parser);
    parser.parse = async (raw) => unparsed(raw, 'time');
    await expect(contentOf(small)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(small && (await app.get(Contents).fields(small))).toEqual({});
    parser.parse = parse;
    expect(await contentOf(small)).toMatchObject({ text: 'Hello\n' });
  });

  it('has its bodies beside it where it is large', async () => {
    const text = `${'word '.repeat(20_000)}\n`;
    const message = await shown(await arrives(mail('1', 'Long', `\n${text}`)));
    expect(message?.contentId).toMatch(/^blb_/);
    expect((await contentOf(message))?.text).toContain(text);
  });

  it('that would not fit into an event is there all the same, and whole', async () => {
    const to = Array.from({ length: 4_000 }, (_, at) => `person${at}@a-rather-long-domain.mail.example`).join(
      ', ',
    );
    const references = Array.from({ length: 90 }, (_, at) => `<${String(at).padStart(900, 'r')}@x>`).join(
      '\n ',
    );
    const part = (at: number) =>
      `--b\nContent-Disposition: attachment; filename=${String(at).padStart(200, 'f')}.txt\n\n${at}\n`;
    const parts = Array.from({ length: 600 }, (_, at) => part(at)).join('');
    const id = await arrives(
      `Subject: ${'long '.repeat(2_000)}\nTo: ${to}\nReferences: ${references}\n` +
        `Content-Type: multipart/mixed; boundary=b\n\n${parts}--b--\n`,
    );
    const message = await shown(id);
    expect(message).toMatchObject({ unparsed: null, messageId: id });
    const { whole } = (await contentOf(message)) ?? {};
    expect([whole?.to?.length, whole?.attachments?.length, whole?.references?.length]).toEqual([
      4_000, 600, 90,
    ]);
    expect(whole?.subject?.length).toBe(9_999);
  });

  it('is parsed although the program died in between, to the same', async () => {
    let isDying = true;
    class Dies extends InMemoryEventStore {
      override async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) {
        if (isDying && events.some(({ type }) => type === 'MessageReceived')) throw new Error('killed');
        return super.append(stream, expected, events);
      }
    }
    await app.stop();
    app = await InMemoryApp.start({ features, store: new Dies() });
    const id = await arrives(mail('1', 'Hello'));
    await app.stop();
    isDying = false;
    app = await app.restarted();
    expect(await shown(id)).toMatchObject({ subject: 'Hello' });
  });
});

describe('mail that is erased', () => {
  it('leaves nothing in the vault, and a log that can be read', async () => {
    const id = await arrives(mail('1', 'Secret'));
    const message = await shown(id);
    await app.get(Commands).execute(new EraseMessage({ messageId: id }), contextOf({}, 'erase'));
    expect(await shown(id)).toBeNull();
    expect([await app.vault.blobs.read(message?.blobId ?? ''), await contentOf(message)]).toEqual([
      null,
      null,
    ]);
    app = await app.restarted();
    expect(await shown(id)).toBeNull();
  });

  it('goes with its inbox', async () => {
    const ids = [await arrives(mail('1', 'One')), await arrives(mail('2', 'Two'))];
    const purged = { inboxId: 'inb_acme', address: 'agent@acme.example', purgedAt: '2026-01-01T00:00:00Z' };
    await app.settled();
    await app.given('inbox-inb_acme', { type: 'InboxPurged', data: purged });
    for (const id of ids) expect(await shown(id)).toBeNull();
    expect((await views().list(threads, 'byTime', {})).total).toBe(0);
  });
});

describe('the search', () => {
  const found = async (...words: readonly SearchWord[]) => {
    await app.settled();
    return app.get(SearchIndex).search(indexOf(searchedMessages), scope, words, 10);
  };

  it('finds the text of the mail, and no more once it is erased', async () => {
    const id = await arrives(mail('1', 'Café', '\nThe vessel\n'));
    for (const word of ['cafe', 'CAFÉ', 'vess', 'ann@mail.example', 'agent@acme'])
      expect([word, await found({ word })]).toEqual([word, [id]]);
    expect(await found({ word: 'vess', field: 'subject' })).toEqual([]);
    await app.get(Commands).execute(new EraseMessage({ messageId: id }), contextOf({}, 'erase'));
    expect(await found({ word: 'vess' })).toEqual([]);
    app = await app.restarted();
    expect(await found({ word: 'vess' })).toEqual([]);
  });

  it('is not behind what a list shows, however long the index would rest', async () => {
    /** Nobody wakes it from a longer sleep but who waits for something. */
    class Drowsy extends FixedClock {
      override async sleep(milliseconds: number, signal?: AbortSignal) {
        if (milliseconds < 200 || !signal) return super.sleep(milliseconds, signal);
        signal.throwIfAborted();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('Woken'))));
      }
    }
    await app.stop();
    app = await InMemoryApp.start({ features, ports: [{ provide: Clock, useClass: Drowsy }] });
    for (const word of ['first', 'second', 'third']) {
      const id = await arrives(mail(word, 'Hello', `\nThe ${word} vessel\n`));
      while (!(await views().get(messages, id))) await setImmediate();
      const { body } = await app.call('acme', 'GET', `/messages/?q=${word}`);
      expect(body.results.map((message: { message_id: string }) => message.message_id)).toEqual([id]);
    }
  });

  it('reads no further than it must', async () => {
    const id = await arrives(mail('1', 'Long', `\n${'word '.repeat(20_000)}end\n`));
    expect([await found({ word: 'word' }), await found({ word: 'end' })]).toEqual([[id], []]);
  });
});

describe('threads', () => {
  const threadOf = async (id: string) => (await shown(id))?.threadId;

  it('are found in any order', async () => {
    const answer = await arrives(mail('2', 'Re: Hello', 'In-Reply-To: <1@mail.example>\n'));
    const third = await arrives(mail('3', 'Re: Hello', 'References: <1@mail.example> <2@mail.example>\n'));
    const first = await arrives(mail('1', 'Hello'));
    const thread = await threadOf(first);
    expect([await threadOf(answer), await threadOf(third)]).toEqual([thread, thread]);
    expect(await views().get(threads, thread ?? '')).toMatchObject({ messageCount: 3, unreadCount: 3 });
  });

  const queued = queuedMail({
    messageId: 'msg_out',
    subject: 'Offer',
    to: [{ email: 'ann@mail.example', name: null }],
    references: [],
    inReplyTo: null,
  });
  const weWrote = async () => {
    await app
      .get(Commands)
      .execute(new QueueMessage(queued.data as QueueMessage['data']), contextOf({}, 'queue'));
    await app.settled();
  };

  it('are one when an answer names nothing but the subject', async () => {
    await weWrote();
    const answer = await arrives(mail('9', 'AW: Offer'));
    const own = threadIdOf('inb_acme', { references: [], inReplyTo: null, rfcMessageId: '<9@mail.example>' });
    expect(await threadOf(answer)).toBe('thr_1');
    expect(await views().get(threads, own)).toMatchObject({
      mergedInto: 'thr_1',
      messageCount: 0,
      listed: false,
    });
    expect(await views().get(threads, 'thr_1')).toMatchObject({
      messageCount: 2,
      unreadCount: 1,
      folder: 'inbox',
    });

    const more = await arrives(mail('10', 'Re: Offer', 'References: <9@mail.example>\n'));
    expect(await threadOf(more)).toBe('thr_1');
    expect((await app.store.read(`message-${more}`)).length).toBe(2);
    expect(app.get(Sagas).parked(keepThreadsTogether.name)).toEqual([]);
  });

  it('are one also for an answer that came before that was known', async () => {
    await weWrote();
    const [answer, more] = await Promise.all([
      arrives(mail('9', 'Re: Offer')),
      arrives(mail('10', 'Re: Offer', 'In-Reply-To: <9@mail.example>\n')),
    ]);
    expect([await threadOf(answer), await threadOf(more)]).toEqual(['thr_1', 'thr_1']);
    expect(await views().get(threads, 'thr_1')).toMatchObject({ messageCount: 3 });
  });

  it.each([
    ['a stranger', mail('9', 'Re: Offer', '', 'eve@elsewhere.example')],
    ['who starts anew', mail('9', 'Offer')],
    ['who answers something else', mail('9', 'Re: Offer', 'In-Reply-To: <0@mail.example>\n')],
    ['who says nothing', mail('9', 'Re:')],
  ])('are two for %s', async (_, raw) => {
    await weWrote();
    expect(await threadOf(await arrives(raw))).not.toBe('thr_1');
  });
});
