import { isAscii } from 'node:buffer';
import type { Reply } from './reply.js';
import { ConnectionLost } from './connection.js';
import { Refused, type Session } from './session.js';
import {
  aboutNobody,
  found,
  verdictAmongOthers,
  verdictOf,
  verdictOnSender,
  type Verdict,
} from './verdict.js';

/** A message as it stands, and who is to get it. `content` is whole lines with CRLF. */
export type Mail = Readonly<{
  mailFrom: string;
  recipients: readonly string[];
  content: Buffer;
  /** RFC 8689: rather not at all than in clear, or to who cannot prove who it is. */
  requireTls?: boolean;
}>;

/**
 * One transaction, a verdict for each recipient in order. Throws `Refused` where the peer takes no mail for now, and
 * `ConnectionLost`; in both cases nothing was accepted, unless the latter says `sent`.
 */
export const transact = async (session: Session, mail: Mail): Promise<readonly Verdict[]> => {
  const { extensions } = session;
  const { content, recipients } = mail;
  const obstacle = obstacleOf(session, mail);
  if (obstacle) return recipients.map(() => obstacle);
  const isPlain = (address: string) => isAscii(Buffer.from(address));
  const asked = extensions.has('SMTPUTF8') ? recipients : recipients.filter(isPlain);

  const commands = asked.map((address) => `RCPT TO:<${address}>`);
  const [first, answers, go] = await envelope(session, mailCommand(session, mail), commands);
  if (first.code >= 400) {
    await reset(session, first, go);
    if (first.code < 500) throw new Refused(first);
    return recipients.map(() => verdictOnSender(first));
  }
  const accepted = answers.filter(({ code }) => code < 300).length;
  const judge = accepted > 0 ? verdictAmongOthers : verdictOf;
  const last = accepted > 0 ? await sendContent(session, content, go) : null;
  if (!last) await reset(session, ...answers, go);
  session.messages += 1;
  const ofAccepted = last && (accepted > 1 ? aboutNobody(verdictOf(last)) : verdictOf(last));
  const verdicts = answers.map((answer) => (answer.code < 300 && ofAccepted ? ofAccepted : judge(answer)));
  let next = 0;
  return recipients.map((address) => {
    const isAsked = asked.includes(address);
    return (isAsked ? verdicts[next++] : undefined) ?? UTF8_NEEDED;
  });
};

const UTF8_NEEDED = found(
  'bounced',
  '5.6.7',
  'smtputf8',
  'The peer cannot take an address that is not ASCII',
);

/** What the peer cannot do at all, known before it is asked. */
const obstacleOf = ({ extensions, isVerified }: Session, { content, requireTls }: Mail): Verdict | null => {
  const most = Number(extensions.get('SIZE') ?? 0);
  if (most > 0 && content.length > most)
    return found('bounced', '5.3.4', 'too-large', `The peer takes ${most} bytes, this has ${content.length}`);
  if (!isAscii(content) && !extensions.has('SMTPUTF8')) return UTF8_NEEDED;
  if (requireTls && !(isVerified && extensions.has('REQUIRETLS')))
    return found('bounced', '5.7.30', 'tls', 'The peer cannot promise to keep it under TLS');
  return null;
};

const mailCommand = (
  { extensions }: Session,
  { mailFrom, content, recipients, requireTls }: Mail,
): string => {
  const needsUtf8 = !isAscii(content) || !isAscii(Buffer.from([mailFrom, ...recipients].join('')));
  const parameters = [
    extensions.has('SIZE') && `SIZE=${content.length}`,
    extensions.has('8BITMIME') && !isAscii(content) && 'BODY=8BITMIME',
    extensions.has('SMTPUTF8') && needsUtf8 && 'SMTPUTF8',
    requireTls && 'REQUIRETLS',
  ].filter((parameter) => parameter !== false && parameter !== undefined);
  return [`MAIL FROM:<${mailFrom}>`, ...parameters].join(' ');
};

type Envelope = readonly [first: Reply, answers: readonly Reply[], go: Reply | null];

/**
 * RFC 2920: all at once where the peer can take it, `DATA` as the last, whose answer is `go`, as is a farewell. Without
 * that, a refusal of the first ends it. Of no recipient there is nothing to say after it.
 */
const envelope = async (
  { connection, extensions }: Session,
  mail: string,
  recipients: readonly string[],
): Promise<Envelope> => {
  const isPipelined = extensions.has('PIPELINING') && recipients.length > 0;
  connection.write(mail, ...(isPipelined ? [...recipients, 'DATA'] : []));
  // Who hangs up says so once, and means all that he was asked.
  let farewell: Reply | null = null;
  const next = async (): Promise<Reply> => {
    const reply = farewell ?? (await connection.reply());
    if (reply.code === 421) farewell = reply;
    return reply;
  };
  const first = await next();
  const answers: Reply[] = [];
  for (const recipient of isPipelined || first.code < 400 ? recipients : []) {
    if (!isPipelined && !farewell) connection.write(recipient);
    answers.push(await next());
  }
  return [first, answers, isPipelined ? await next() : farewell];
};

/** What the peer says to it, or to the wish to send it, which leaves the transaction open (RFC 5321 section 4.1.1.4). */
const sendContent = async (session: Session, content: Buffer, asked: Reply | null): Promise<Reply> => {
  const { connection } = session;
  const go = asked ?? (await connection.command('DATA'));
  if (go.code === 354) return connection.data(stuffed(content));
  if (go.code < 400) throw new ConnectionLost('network', 'it does not speak SMTP');
  await reset(session, go);
  return go;
};

/**
 * Ready for the next message, or of no more use; `said`: the replies so far. RFC 2920 section 3.1: a peer that asks for
 * the content although it takes it for nobody gets none.
 */
const reset = async ({ connection }: Session, ...said: readonly (Reply | null)[]): Promise<void> => {
  if (said.some((reply) => reply?.code === 421)) return connection.quit();
  try {
    if (said.at(-1)?.code === 354) await connection.command('.');
    const reply = await connection.command('RSET');
    if (reply.code !== 250) connection.quit();
  } catch {
    connection.quit();
  }
};

const END = Buffer.from('.\r\n');
const CRLF = Buffer.from('\r\n');
const DOTTED_LINE = Buffer.from('\r\n.');
const DOT = Buffer.from('.');

/** RFC 5321 section 4.5.2. No line ends but in CRLF: anything else could end the message for somebody on the way. */
export const stuffed = (given: Buffer): readonly Buffer[] => {
  const content = hasLooseEnds(given) ? withCrlf(given) : given;
  const pieces: Buffer[] = content[0] === 0x2e ? [DOT] : [];
  let from = 0;
  for (let at = content.indexOf(DOTTED_LINE); at >= 0; at = content.indexOf(DOTTED_LINE, at + 3)) {
    pieces.push(content.subarray(from, at + 2), DOT);
    from = at + 2;
  }
  pieces.push(content.subarray(from));
  if (!content.subarray(-2).equals(CRLF)) pieces.push(CRLF);
  return [...pieces, END];
};

const hasLooseEnds = (content: Buffer): boolean => {
  for (let at = content.indexOf(0x0a); at >= 0; at = content.indexOf(0x0a, at + 1))
    if (content[at - 1] !== 0x0d) return true;
  for (let at = content.indexOf(0x0d); at >= 0; at = content.indexOf(0x0d, at + 1))
    if (content[at + 1] !== 0x0a) return true;
  return false;
};

const withCrlf = (content: Buffer): Buffer =>
  Buffer.from(content.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
