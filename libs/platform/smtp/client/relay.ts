import { ConnectionLost } from './connection.js';
import type { Reply } from './reply.js';
import { Refused, type Session } from './session.js';

export type RelayAuth = Readonly<{ user: string; password: string }>;

/** `isStrict`: its certificate must be valid; not asked of a relay on this machine. */
export type Relay = Readonly<{
  host: string;
  port: number;
  isImplicitTls: boolean;
  isStrict: boolean;
  auth: RelayAuth | null;
}>;

const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** `smtp[s]://user:pass@host:port` */
export const parseRelay = (text: string): Relay => {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  return {
    host,
    port: Number(url.port) || (PORTS[url.protocol] ?? 587),
    isImplicitTls: url.protocol === 'smtps:',
    isStrict: !LOCAL.test(host),
    auth: user ? { user, password: decodeURIComponent(url.password) } : null,
  };
};

/** RFC 4954, by PLAIN or LOGIN. The relay's refusal is a set-up to be mended, so the mail waits. */
export const authenticate = async ({ connection, extensions }: Session, { user, password }: RelayAuth) => {
  const mechanisms = (extensions.get('AUTH') ?? '').split(' ');
  const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  if (mechanisms.includes('PLAIN')) {
    const reply = await connection.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`);
    if (reply.code === 235) return;
    throw refused(unquoted(reply));
  }
  if (!mechanisms.includes('LOGIN')) throw new ConnectionLost('network', 'it knows no way to sign in');
  for (const [line, expected, said] of [
    ['AUTH LOGIN', 334, asIs],
    [base64(user), 334, unquoted],
    [base64(password), 235, unquoted],
  ] as const) {
    const reply = await connection.command(line);
    // Unasked, the password would be a command that nobody knows, and those are told back to us.
    if (reply.code !== expected) throw refused(said(reply));
  }
};

const refused = (reply: Reply) => new Refused({ ...reply, code: 454, enhanced: '4.7.0' });

const asIs = (reply: Reply): Reply => reply;

/** Some say back what they could not read, and whoever sends mail is shown what the relay said. */
const unquoted = ({ code, enhanced, ...reply }: Reply): Reply => {
  const text = [code, enhanced, 'The relay refuses the sign-in'].filter(Boolean).join(' ');
  return { ...reply, code, enhanced, text };
};
