import type { Reason } from './reasons.js';

export type ReportedRecipient = Readonly<{
  /** Null where the report does not name it. */
  email: string | null;
  action: 'failed' | 'delayed' | 'delivered' | 'reported';
  /** Enhanced status code (RFC 3463), as given or as reply code and words imply; `x.0.0` where only its class is known. */
  status: string | null;
  /** The SMTP reply or diagnostic on one line. */
  reply: string | null;
  reason: Reason;
  /** Sending to this address again is pointless. */
  hard: boolean;
}>;

/**
 * What became of mail that was sent earlier: RFC 3464, RFC 5965 or free-form. Of mixed
 * fates the worst one gives the kind, each recipient has its own. `feedback` is a feedback report that is no person's
 * complaint, such as one about a failed DKIM signature.
 */
export type MailReport = Readonly<{
  kind: 'bounce' | 'delay' | 'delivered' | 'complaint' | 'feedback';
  /** Of the returned message, with angle brackets. */
  originalMessageId: string | null;
  /** RFC 3461 ENVID. */
  envelopeId: string | null;
  /** Where the returned message says that its bounces go. */
  returnPath: string | null;
  recipients: readonly ReportedRecipient[];
}>;
