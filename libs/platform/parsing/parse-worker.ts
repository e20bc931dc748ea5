import { parentPort } from 'node:worker_threads';
import { parseMessage } from '#mail/message/parse-message';
import type { ParsedMessage } from '#mail/message/parsed-message';
import { standBack } from '#platform/threads/stand-back';

/** Runs in a thread of its own: bytes come in, messages go out; the contents of attachments are moved, not copied. */
const port = parentPort!;
standBack();

// Compiled and warm before the first stranger's message.
const SAMPLE = 'From: a@b.example\r\nSubject: =?utf-8?q?a?=\r\nContent-Type: text/html\r\n\r\n<p>a</p>\r\n';
for (let round = 0; round < 50; round++) parseMessage(Buffer.from(SAMPLE));

port.on('message', (raws: readonly Uint8Array[]) => {
  const answer = raws.map(parsed);
  const contents = answer.flatMap(({ attachments }) => attachments.map(({ content }) => content.buffer));
  port.postMessage(answer, [...new Set(contents)] as ArrayBuffer[]);
});
port.postMessage('ready');

const parsed = (raw: Uint8Array): ParsedMessage => {
  const message = parseMessage(raw);
  const attachments = message.attachments.map((one) => ({ ...one, content: ownBytes(one.content) }));
  return { ...message, attachments };
};

/** With a buffer of its own: a view would take along all that it is a view of. */
const ownBytes = (view: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(view);
