export type ReportedRecipient = Readonly<{
  email: string | null;
  /** Enhanced status code (RFC 3463), as given or as the reply code and the words imply. */
  status: string | null;
  /** The SMTP reply or diagnostic on one line. */
  reply: string | null;
  /** One of `REASONS`. */
  reason: string;
  /** Sending again to this address is pointless. */
  hard: boolean;
}>;

/** What became of mail that was sent earlier: RFC 3464, RFC 5965 or free-form. */
export type MailReport = Readonly<{
  kind: 'bounce' | 'delay' | 'delivered' | 'complaint';
  /** Of the returned message, with angle brackets. */
  originalMessageId: string | null;
  /** RFC 3461 ENVID, or what Return-Path of the returned message names. */
  envelopeId: string | null;
  returnPath: string | null;
  recipients: readonly ReportedRecipient[];
}>;
