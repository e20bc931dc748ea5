import { DatabaseSync } from 'node:sqlite';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { newFolder } from '#testing/folder';
import { Program } from '#testing/program';
import { SmtpClient } from '#testing/smtp-client';

/** How often it is killed; more by `GENT_TEST_CRASHES=200 npm test -- crash`. */
const CRASHES = Number(process.env['GENT_TEST_CRASHES'] ?? 20);
const INBOXES = ['ann', 'bob', 'cleo'] as const;
const DOMAIN = 'crash.test';

type Inbox = { address: string; inboxId: string; token: string };

let program: Program;
afterAll(() => program.kill());

const folder = newFolder();
const start = async () => (program = await Program.start(folder));

/** What somebody was told is done, and so must be there for ever. */
const accepted: { address: string; subject: string }[] = [];
const sent: { address: string; messageId: string }[] = [];
const flagged: { address: string; messageId: string }[] = [];

const setUp = async (): Promise<readonly Inbox[]> => {
  const owner = await program.signIn();
  await program.must(owner, 'POST', '/v1/domains/', { domain: DOMAIN });
  await program.must(owner, 'POST', `/v1/domains/${DOMAIN}/verify/`);
  const inboxes: Inbox[] = [];
  for (const name of INBOXES) {
    const address = `${name}@${DOMAIN}`;
    const { inbox_id: inboxId } = await program.must(owner, 'POST', '/v1/inboxes/', { address });
    const scopes = ['email:read', 'email:send', 'email:write'];
    const body = { inbox_id: inboxId, label: 'agent', scopes };
    inboxes.push({
      address,
      inboxId,
      token: (await program.must(owner, 'POST', '/v1/tokens/', body)).raw_token,
    });
  }
  return inboxes;
};

/** Delivers until the connection breaks. */
const deliverMail = async ({ address }: Inbox, name: string, round: AbortSignal) => {
  const client = await SmtpClient.ready(program.smtpPort);
  try {
    for (let count = 0; !round.aborted; count += 1) {
      const subject = `Mail ${name}/${count}`;
      const header = `From: Peer <peer@peer.test>\r\nTo: ${address}\r\nSubject: ${subject}\r\n`;
      const content = `${header}Message-ID: <${name}.${count}@peer.test>\r\n\r\nHello ${subject}\r\n`;
      const reply = await client.deliver('peer@peer.test', address, content);
      if (reply.startsWith('250')) accepted.push({ address, subject });
    }
  } finally {
    client.destroy();
  }
};

/** Sends to the next inbox, and marks as read what has arrived. */
const useApi = async (inbox: Inbox, to: string, round: AbortSignal) => {
  for (let count = 0; !round.aborted; count += 1) {
    const mail = { to: [{ email: to }], subject: `Note ${count}`, text_body: 'Hello' };
    const { body, status } = await program.call(inbox.token, 'POST', '/v1/messages/', mail);
    if (status === 201) sent.push({ address: inbox.address, messageId: body.message_id });
    const { body: unread } = await program.call(inbox.token, 'GET', '/v1/messages/?is_read=false&limit=1');
    const messageId = unread.results?.[0]?.message_id;
    if (!messageId) continue;
    const change = await program.call(inbox.token, 'PATCH', `/v1/messages/${messageId}/`, { is_read: true });
    if (change.status === 200) flagged.push({ address: inbox.address, messageId });
  }
};

type Shown = Readonly<Record<string, unknown>>;

/** Still on its way, or about to be tried again by who found that a killed one did not finish. */
const isUnderWay = ({ status }: Shown) =>
  status === 'queued' || status === 'sending' || status === 'deferred';

const everyMessage = async ({ token }: Inbox): Promise<readonly Shown[]> => {
  const messages: Shown[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const { status, body } = await program.call(token, 'GET', `/v1/messages/?limit=200${query}`);
    if (status === 429) {
      await setTimeout(200);
      continue;
    }
    expect(status).toBe(200);
    messages.push(...body.results);
    cursor = body.next_cursor;
  }
  return messages;
};

/** Everything that was accepted is parsed, filed and delivered once nothing moves any more; a killed one first goes over what it did. */
const atRest = async (inboxes: readonly Inbox[]) => {
  const late = AbortSignal.timeout(60_000);
  for (let before = ''; ;) {
    const isRead = await program.haveReadAll();
    const everything = await Promise.all(inboxes.map(everyMessage));
    const now = JSON.stringify(everything);
    const isOpen = everything.flat().some(isUnderWay);
    if (now === before && isRead && !isOpen) return everything;
    if (late.aborted) {
      const open = everything.flat().filter(isUnderWay);
      throw new Error(`It does not come to rest: ${JSON.stringify(open.slice(0, 3))} of ${open.length}`);
    }
    before = now;
    await setTimeout(300);
  }
};

it(
  `loses nothing and shows nothing twice, killed ${CRASHES} times while it works`,
  async () => {
    await start();
    const inboxes = await setUp();
    for (let round = 0; round < CRASHES; round += 1) {
      const over = new AbortController();
      const work = inboxes.flatMap((inbox, index) => {
        const next = inboxes[(index + 1) % inboxes.length]?.address ?? '';
        return [
          deliverMail(inbox, `${round}.${index}`, over.signal),
          deliverMail(inbox, `${round}.${index}b`, over.signal),
          useApi(inbox, next, over.signal),
        ];
      });
      const done = Promise.allSettled(work);
      // Somewhere in the middle of it: after so many mails, and whatever else was done until then.
      const enough = accepted.length + 1 + Math.floor(Math.random() * 40);
      const late = AbortSignal.timeout(5_000);
      while (accepted.length < enough && !late.aborted) await setImmediate();
      await program.kill();
      over.abort();
      await done;
      await start();
    }

    const everything = await atRest(inboxes);
    const shown = new Map(inboxes.map(({ address }, index) => [address, everything[index] ?? []]));
    const subjectsOf = (address: string) =>
      (shown.get(address) ?? [])
        .filter(({ direction }) => direction === 'inbound')
        .map(({ subject }) => String(subject));
    for (const { address } of inboxes) {
      const mails = subjectsOf(address).filter((subject) => subject.startsWith('Mail '));
      expect(new Set(mails).size).toBe(mails.length);
    }
    const missing = accepted.filter(({ address, subject }) => !subjectsOf(address).includes(subject));
    const of = (address: string, id: string) =>
      (shown.get(address) ?? []).filter(({ message_id }) => message_id === id);
    expect(missing).toEqual([]);
    expect(sent.filter(({ address, messageId }) => of(address, messageId).length !== 1)).toEqual([]);
    expect(flagged.filter(({ address, messageId }) => !of(address, messageId)[0]?.is_read)).toEqual([]);
    expect([accepted.length > CRASHES, sent.length > 0, flagged.length > 0]).toEqual([true, true, true]);

    expect(await program.stop()).toBe(0);
    const log = new DatabaseSync(join(folder, 'log.db'), { readOnly: true });
    const { events, last, places } = log
      .prepare(
        `SELECT count(*) AS events, max(position) AS last,
           (SELECT count(*) FROM (SELECT DISTINCT stream, revision FROM event)) AS places FROM event`,
      )
      .get() as Record<string, number>;
    log.close();
    expect([last, places]).toEqual([Number(events) - 1, events]);

    // Every view of a program that starts without any is built from the log alone.
    const { rmSync } = await import('node:fs');
    rmSync(join(folder, 'views'), { recursive: true });
    rmSync(join(folder, 'search.db'), { force: true });
    await start();
    expect(await atRest(inboxes)).toEqual(everything);
    expect(await program.stop()).toBe(0);
  },
  120_000 + CRASHES * 10_000,
);
