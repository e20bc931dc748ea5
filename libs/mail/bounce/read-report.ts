import { parseAddresses } from '../address/address-list.js';
import { decodeWords } from '../message/encoded-word.js';
import { allValues, firstValue, type HeaderBlock } from '../message/header.js';
import { messageIds } from '../message/header-summary.js';
import { readStructure, type Part } from '../message/structure.js';
import { tellsOfDelay } from './delay-words.js';
import { emailsIn } from './emails-in.js';
import { namedRecipients, type Named } from './free-form.js';
import type { MailReport, ReportedRecipient } from './report.js';
import { hasReportPart, partsOf, reportsElse, type ReportParts } from './report-parts.js';
import { claimsReport, looksReported, mayReport, signsOf, tellsElse } from './report-signs.js';
import { readSesNotification } from './ses-notification.js';
import { readings, row, type Action } from './report-row.js';
import { isVague, statusIn } from './status-code.js';
import { addressIn, readStatusFields, typedValue, type FieldGroup } from './status-fields.js';

/**
 * What a message reports of mail that was sent, or null for ordinary mail: delivery status notifications (RFC 3464),
 * feedback reports (RFC 5965), and by their words the notices of systems that write neither.
 */
export const reportOf = (message: Part, depth = 0): MailReport | null => {
  const signs = signsOf(message.header);
  const fromSes = firstValue(message.header, 'x-amz-sns-message-id') !== null;
  if (hasReportPart(message)) {
    // Somebody may attach one to a letter of his own.
    if (message.contentType !== 'multipart/report' && !claimsReport(signs)) return null;
  } else if (reportsElse(message) || (!mayReport(signs) && !fromSes)) return null;
  const parts = partsOf(message);
  if (parts.feedback !== null) return feedbackReport(parts, parts.feedback);
  const complained = parts.returned && firstValue(parts.returned, 'x-hmxmroriginalrecipient');
  if (complained) return feedbackReport(parts, `Original-Rcpt-To: ${complained}`);
  const fields = readStatusFields(parts.deliveryStatus ?? '');
  if (fields.recipients.length > 0) return statusReport(parts, fields);
  const ses = fromSes ? readSesNotification(parts.notice) : null;
  if (ses?.complaint)
    return feedbackReport(
      parts,
      ses.recipients.map((one) => `Original-Rcpt-To: ${one.get('final-recipient')}`).join('\n'),
    );
  if (ses && ses.recipients.length > 0)
    return statusReport(parts, { report: new Map(), recipients: ses.recipients });
  const reported =
    looksReported(signs, parts.notice, returnsOurs(parts)) &&
    (signs.namesFailed || !tellsElse(message.header));
  if (!reported && parts.deliveryStatus === null) return null;
  const inText = readStatusFields(parts.notice);
  if (inText.recipients.length > 0) return statusReport(parts, inText);
  return enclosedReport(parts, depth) ?? noticeReport(parts, signs.fromDaemon);
};

/** Whether what comes back was written by the one whom the report is for. */
const returnsOurs = ({ header, returned }: ReportParts): boolean => {
  if (returned === null) return false;
  const to = new Set(emailsIn(header, 'to'));
  return ['from', 'return-path', 'sender', 'reply-to', 'errors-to']
    .flatMap((name) => emailsIn(returned, name))
    .some((email) => to.has(email));
};

/** A gateway may wrap the report of another one. */
const enclosedReport = ({ returned }: ReportParts, depth: number): MailReport | null =>
  returned && depth < 2 && /^multipart\/report\b/i.test(firstValue(returned, 'content-type') ?? '')
    ? reportOf(readStructure(returned), depth + 1)
    : null;

const statusReport = (
  parts: ReportParts,
  { report, recipients }: ReturnType<typeof readStatusFields>,
): MailReport | null => {
  const named = namedRecipients(parts.header, parts.notice);
  const byRule = RULES.test(report.get('reporting-mta') ?? '');
  const read = readings();
  const rows = recipients.map((group) => rowOf(read, group, parts.notice, named, byRule));
  return assembled(parts, rows, report.get('original-envelope-id') ?? null);
};

/** Where a recipient's rules refuse mail, in words that they choose: Amazon SES's receiving side. */
const RULES = /inbound-smtp\.[\w-]+\.amazonaws\.com/i;

const rowOf = (
  read: ReturnType<typeof readings>,
  group: FieldGroup,
  notice: string,
  named: readonly Named[],
  byRule: boolean,
): ReportedRecipient => {
  const email =
    addressIn(
      group.get('original-recipient') ??
        group.get('final-recipient') ??
        group.get('x-actual-recipient') ??
        '',
    ) ?? addressIn(group.get('final-recipient') ?? '');
  const typed = group.get('diagnostic-code') ?? '';
  const wrapped = typedValue(typed);
  const diagnostic = wrapped.replace(WRAPPED, '') || commentIn(group.get('status') ?? '');
  const action = /^\s*([a-z]+)/.exec((group.get('action') ?? '').toLowerCase())?.[1];
  const written = statusIn(group.get('status') ?? '');
  const status = action === 'failed' && written?.startsWith('2') ? null : written;
  const given = isVague(status) && diagnostic !== wrapped ? statusIn(wrapped) : status;
  // What a local program answered with nothing else to say is its failure.
  const piped = /^\s*x-unix\s*;\s*(temporary|permanent)? ?failure\.?\s*$/i.test(typed)
    ? 'mailer error: '
    : '';
  const category = group.get('x-powermta-bouncecategory') === 'bad-mailbox' ? 'in reply to RCPT: ' : '';
  const told = named.find((one) => one.email.toLowerCase() === email?.toLowerCase());
  const words = category + (told?.about ?? notice);
  const sentTo = group.has('original-recipient') ? email : (told?.sentTo ?? email);
  return row(read, sentTo, actionOf(action, given), given, piped + diagnostic, words, {
    peer: group.get('remote-mta') ?? '',
    byRule,
  });
};

/** RFC 3464 2.3.4 allows a comment behind the code: some say there what they know, others what RFC 3463 calls the code. */
const commentIn = (status: string): string =>
  [...status.matchAll(/\((?!other or undefined)([^()]*)\)/gi)]
    .map(([, comment]) => comment!)
    .find((comment) => /[a-z]{3}/i.test(comment)) ?? '';

/** What a gateway puts in front of the words of the peer. */
const WRAPPED = /^[245]\.\d\.\d - [^0-9'"]{3,60}(?=[245]\d\d[- ]['"])/;

const actionOf = (action: string | undefined, status: string | null): Action => {
  if (action === 'delivered' || action === 'relayed' || action === 'expanded' || action === 'deliverable')
    return 'delivered';
  if (action === 'delayed') return 'delayed';
  if (action === 'failed') return 'failed';
  return status?.startsWith('2') ? 'delivered' : status?.startsWith('4') ? 'delayed' : 'failed';
};

const noticeReport = (parts: ReportParts, certain: boolean): MailReport | null => {
  const delayed = [parts.notice, decodeWords(firstValue(parts.header, 'subject') ?? '')].some(tellsOfDelay);
  const named = namedRecipients(parts.header, parts.notice);
  const returnedTo = parts.returned
    ? allValues(parts.returned, 'to').flatMap(parseAddresses).slice(0, 1)
    : [];
  const told =
    named.length > 0
      ? named.map(({ sentTo, about }) => ({ email: sentTo, about }))
      : returnedTo.map(({ email }) => ({ email, about: parts.notice }));
  // Some name nobody but a display name, and return nothing.
  const known = told.length > 0 || !certain ? told : [{ email: null, about: parts.notice }];
  const read = readings();
  const action = delayed ? 'delayed' : 'failed';
  const rows = known.map(({ email, about }) => row(read, email, action, null, '', about));
  return rows.length === 0 ? null : assembled(parts, rows, null);
};

const feedbackReport = (parts: ReportParts, feedback: string): MailReport => {
  const fields = new Map<string, string[]>();
  for (const line of feedback.split('\n').slice(0, 1_000)) {
    const [, name, value] = /^([A-Za-z-]+)\s*:\s*(\S.*|)$/.exec(line) ?? [];
    if (name !== undefined)
      fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value!]);
  }
  const to = ['original-rcpt-to', 'removal-recipient'].flatMap((name) => fields.get(name) ?? []);
  const emails = [...new Set(to.map(addressIn).filter((email) => email !== null))];
  const returnedTo = parts.returned ? allValues(parts.returned, 'to').flatMap(parseAddresses) : [];
  const known = emails.length > 0 ? emails : returnedTo.slice(0, 1).map(({ email }) => email);
  const type = (fields.get('feedback-type')?.[0] ?? 'abuse').trim().toLowerCase();
  return {
    kind: COMPLAINTS.has(type) ? 'complaint' : 'feedback',
    ...references(parts, fields.get('original-envelope-id')?.[0] ?? null),
    recipients: (known.length > 0 ? known : [null]).slice(0, 100).map((email) => ({
      email,
      action: 'reported',
      status: null,
      reply: null,
      reason: 'feedback',
      hard: false,
    })),
  };
};

/** RFC 5965 7.3, RFC 6430: what a person did or a scanner judged; `auth-failure` and `not-spam` are neither. */
const COMPLAINTS = new Set(['abuse', 'fraud', 'virus', 'opt-out', 'opt-out-list', 'miscategorized', 'other']);

const assembled = (
  parts: ReportParts,
  rows: readonly ReportedRecipient[],
  envelopeId: string | null,
): MailReport => ({
  kind: KINDS.find(([action]) => rows.some((one) => one.action === action))![1],
  ...references(parts, envelopeId),
  recipients: withoutDoubles(rows),
});

/** The worst first. */
const KINDS = [
  ['failed', 'bounce'],
  ['delayed', 'delay'],
  ['delivered', 'delivered'],
] as const;

const withoutDoubles = (recipients: readonly ReportedRecipient[]): ReportedRecipient[] => {
  const seen = new Set<string>();
  return recipients.filter(({ email }) => {
    if (email === null) return true;
    const isNew = !seen.has(email.toLowerCase());
    seen.add(email.toLowerCase());
    return isNew;
  });
};

const references = ({ returned }: ReportParts, envelopeId: string | null) => ({
  originalMessageId: (returned && messageIds(firstValue(returned, 'message-id') ?? '')[0]) ?? null,
  envelopeId,
  returnPath: returned ? pathIn(returned) : null,
});

const pathIn = (returned: HeaderBlock): string | null => addressIn(firstValue(returned, 'return-path') ?? '');
