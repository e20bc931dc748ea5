import type { Verb } from '../session.js';
import { bdat } from './bdat.js';
import { data } from './data.js';
import { ehlo, helo } from './hello.js';
import { mail } from './mail.js';
import { help, noop, notOffered, notSmtp, quit, rset, vrfy } from './others.js';
import { rcpt } from './rcpt.js';
import { starttls } from './starttls.js';

export const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['EHLO', ehlo],
  ['HELO', helo],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['DATA', data],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', noop],
  ['QUIT', quit],
  ['VRFY', vrfy],
  ['HELP', help],
  ['STARTTLS', starttls],
  ...['EXPN', 'AUTH', 'ETRN', 'TURN', 'ATRN', 'SEND', 'SOML', 'SAML'].map(
    (verb) => [verb, notOffered] as const,
  ),
  ...['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT'].map((verb) => [verb, notSmtp] as const),
]);
