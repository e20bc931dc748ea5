import { Command } from '#kernel/messages';
import type { MessageQueued, Report } from '../mailbox/events.js';
import type { DeliveryQueued, RecipientOutcome, RecipientReported } from './events.js';

type Ref = { deliveryId: string };
type Result = Ref & {
  attempt: number;
  outcomes: readonly RecipientOutcome[];
  replies: readonly (string | null)[];
  peer: string | null;
  tls: string | null;
  nextAttemptAt: string | null;
};
type Reported = Omit<RecipientReported['data'], 'messageId' | 'recipient'> & { email: string | null };

/** For one attempt, by the life of a process; see `AttemptStarted`. */
export type Claim = Readonly<{ startedAt: string; deadline: string; runner: string }>;

/** With the claim of its first attempt, where that can be made at once. */
export class QueueDelivery extends Command('QueueDelivery')<
  DeliveryQueued['data'] & { claim: Claim | null }
> {}
/** The claim; refused with `delivery-not-due` before its time, while another has it, or it is held or done. */
export class StartAttempt extends Command('StartAttempt')<Ref & Claim> {}
export class FinishAttempt extends Command('FinishAttempt')<Result> {}
export class DeclareUncertain extends Command('DeclareUncertain')<
  Ref & { attempt: number; nextAttemptAt: string }
> {}
export class HoldDelivery extends Command('HoldDelivery')<Ref & { reason: string }> {}
/** The reason of what only he releases again who held it. */
export const OPERATOR = 'operator';
/** Also for one that only waits: it is due at that time instead. */
export class ReleaseDelivery extends Command('ReleaseDelivery')<Ref & { nextAttemptAt: string }> {}
export class DropDelivery extends Command('DropDelivery')<Ref> {}
/** `email` null: of a report that names nobody, for a delivery to one recipient. */
export class ReportRecipient extends Command('ReportRecipient')<Reported> {}
export type DeliveryCommand =
  | QueueDelivery
  | StartAttempt
  | FinishAttempt
  | DeclareUncertain
  | HoldDelivery
  | ReleaseDelivery
  | DropDelivery
  | ReportRecipient;

/** From the sagas to handlers: they look up where a message goes, what waits, and what a report is about. */
export class PlanDeliveries extends Command('PlanDeliveries')<MessageQueued['data'], void> {}
export class ReleaseHeld extends Command('ReleaseHeld')<{}, void> {}
export class RecordReport extends Command('RecordReport')<Report, void> {}
