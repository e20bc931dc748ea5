import fc from 'fast-check';
import { Dialogue } from '#platform/smtp/server/dialogue';
import type { Effect } from '#platform/smtp/server/effects';
import { LIMITS } from '#platform/smtp/server/limits';
import { reply } from '#platform/smtp/server/replies';

const house = {
  hostname: 'mx.gent.test',
  limits: { ...LIMITS, messageBytes: 2_000, recipients: 3, commands: 60 },
  offersTls: true,
};

/** What a server does with these bytes, cut so; every question is answered with yes. Throws where it makes no sense. */
export const converse = (pieces: readonly Buffer[]): string[] => {
  const dialogue = new Dialogue(house, '192.0.2.1');
  const done: string[] = [];
  let content: 'none' | 'open' = 'none';
  let isClosed = false;
  const follow = (effects: readonly Effect[]): void => {
    for (const effect of effects) {
      if (isClosed) throw new Error(`${effect.type} after the end`);
      if (effect.type === 'content') {
        if (content !== 'open') throw new Error('Content of no message');
        if (done.at(-1)?.startsWith('content ')) done[done.length - 1] += effect.bytes.toString('latin1');
        else done.push(`content ${effect.bytes.toString('latin1')}`);
        continue;
      }
      done.push(effect.type === 'send' ? effect.text : effect.type);
      if (effect.type === 'send' && !/^(?:\d{3}-[^\r\n]+\r\n)*\d{3} [^\r\n]+\r\n$/.test(effect.text))
        throw new Error(`No reply: ${JSON.stringify(effect.text)}`);
      if (effect.type === 'begin' && content !== 'none') throw new Error('Two messages at once');
      if (effect.type === 'begin') content = 'open';
      if (effect.type === 'end' || effect.type === 'abandon') {
        if (content !== 'open') throw new Error(`${effect.type} of no message`);
        content = 'none';
      }
      if (effect.type === 'close') isClosed = true;
      else if (effect.type === 'ask-sender') follow(dialogue.senderAnswered(null));
      else if (effect.type === 'ask-recipient') follow(dialogue.recipientAnswered({ accept: 'x' }));
      else if (effect.type === 'end') follow(dialogue.messageAnswered(reply(250, '2.0.0', 'Kept')));
      else if (effect.type === 'secure') follow(dialogue.secured());
    }
  };
  follow(dialogue.greeting());
  for (const piece of pieces) follow(dialogue.receive(piece));
  follow(dialogue.ended());
  if (!isClosed || content !== 'none') throw new Error('It did not end');
  return done;
};

const words = [
  'EHLO x',
  'HELO x',
  'MAIL FROM:<a@b.test>',
  'MAIL FROM:<a@b.test> SIZE=10 BODY=8BITMIME SMTPUTF8',
  'MAIL FROM:<>',
  'RCPT TO:<c@d.test>',
  'RCPT TO:<"a b"@d.test>',
  'RCPT TO:<jürgen@d.test>',
  'DATA',
  'BDAT 5',
  'BDAT 3 LAST',
  'BDAT 0 LAST',
  'RSET',
  'NOOP',
  'QUIT',
  'STARTTLS',
  'VRFY a',
  '.',
  '..',
  'Received: x',
  '',
] as const;
const ends = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n.\r\n', '\n.\n', '\r\n.\n', '\0', ''] as const;

const text = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(2_100), 'y'.repeat(1_000)) },
);
const line = fc.tuple(text, fc.constantFrom(...ends)).map(([start, end]) => Buffer.from(start + end, 'utf8'));
const raw = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));

/** Half of a conversation as one meets it, and worse. */
export const clientScript = fc
  .array(fc.oneof({ weight: 20, arbitrary: line }, { weight: 1, arbitrary: raw }), { maxLength: 40 })
  .map((parts) => Buffer.concat([Buffer.from('EHLO x\r\n'), ...parts]));

/** The same bytes as the network may bring them. */
export const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length));
};
