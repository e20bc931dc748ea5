import { reply } from '#platform/smtp/server/replies';
import type { Missing } from './directory.js';

/** Why there is no inbox for an address. */
export const NO_MAILBOX: Readonly<Record<Missing, ReturnType<typeof reply>>> = {
  foreign: reply(550, '5.7.1', 'This host does not take mail for that domain'),
  unknown: reply(550, '5.1.1', 'There is no such inbox'),
  closing: reply(550, '5.2.1', 'This inbox is closed'),
};
export const FULL = reply(452, '4.3.1', 'There is no room at the moment; try again later');
export const BUSY = reply(451, '4.3.0', 'Too much is being stored; try again in a moment');
export const kept = (messageId: string) => reply(250, '2.0.0', `Ok: queued as ${messageId}`);
