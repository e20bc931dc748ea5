import { Command } from '#kernel/messages';
import { derivedId } from '#platform/event-sourcing/ids';
import type { AddressSuppressed } from './events.js';

export class SuppressAddress extends Command('SuppressAddress')<AddressSuppressed['data']> {}
export class LiftSuppression extends Command('LiftSuppression')<{ suppressionId: string }> {}
export type SuppressionCommand = SuppressAddress | LiftSuppression;

/** Of an inbox that was purged: its views may name nobody any more. */
export class ForgetSuppressions extends Command('ForgetSuppressions')<{ inboxId: string }, void> {}

/** One for an address of an inbox, however it is written: its look-up needs no query. */
export const suppressionIdOf = (inboxId: string, email: string): string =>
  derivedId('spr', inboxId, email.toLowerCase());
