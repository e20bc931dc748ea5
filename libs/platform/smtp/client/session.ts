import type { ConnectionOptions } from 'node:tls';
import { SmtpConnection, ConnectionLost } from './connection.js';
import type { Reply } from './reply.js';

/** What a peer offers, by keyword, with its parameters. */
export type Extensions = ReadonlyMap<string, string>;

/** The peer greeted us with a refusal, or refuses to be talked to. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly reply: Reply) {
    super(reply.text);
  }
}

/** Greeted and introduced, and ready for a message. */
export type Session = {
  readonly connection: SmtpConnection;
  extensions: Extensions;
  /** As it is recorded: protocol and cipher, and whether the peer is the one that was meant. */
  tls: string | null;
  isVerified: boolean;
  messages: number;
};

/** RFC 5321 section 4.1.1.1, and HELO for those who know no better. */
export const introduce = async (connection: SmtpConnection, name: string): Promise<Session> => {
  const greeting = await connection.reply();
  if (greeting.code !== 220) throw new Refused(greeting);
  const extensions = await greet(connection, name);
  return { connection, extensions, tls: null, isVerified: false, messages: 0 };
};

/** RFC 3207: everything that was said before is forgotten. `verify` throws where the peer is not who it must be. */
export const secure = async (
  session: Session,
  name: string,
  options: ConnectionOptions,
  verify: (connection: SmtpConnection) => boolean,
): Promise<void> => {
  const { connection } = session;
  const reply = await connection.command('STARTTLS');
  if (reply.code !== 220) throw new ConnectionLost('tls', 'it refuses STARTTLS');
  await connection.secure(options);
  describe(session, verify);
  session.extensions = await greet(connection, name);
};

export const describe = (session: Session, verify: (connection: SmtpConnection) => boolean) => {
  const { tls } = session.connection;
  session.isVerified = verify(session.connection);
  session.tls = tls && `${tls.getProtocol()} ${tls.getCipher().standardName ?? tls.getCipher().name}`;
};

const greet = async (connection: SmtpConnection, name: string): Promise<Extensions> => {
  const reply = await connection.command(`EHLO ${name}`);
  if (reply.code === 250) return extensionsOf(reply);
  if (reply.code < 500) throw new Refused(reply);
  const older = await connection.command(`HELO ${name}`);
  if (older.code !== 250) throw new Refused(older);
  return new Map();
};

const extensionsOf = ({ lines }: Reply): Extensions =>
  new Map(
    lines.slice(1).map((line) => {
      const [keyword = '', ...parameters] = line.trim().split(/\s+/);
      return [keyword.toUpperCase(), parameters.join(' ').toUpperCase()] as const;
    }),
  );
