import { isReplySubject, subjectKeyOf } from './subject.js';

/** Message-IDs with angle brackets; `references` oldest first. */
type Referring = Readonly<{ references: readonly string[]; inReplyTo: string | null }>;

/**
 * The Message-ID that a thread is known by: all its messages name it, in whatever order they come (RFC 5322 3.6.4).
 */
export const threadRoot = ({ references, inReplyTo }: Referring, messageId: string): string =>
  references[0] ?? inReplyTo ?? messageId;

/**
 * Whether only the subject can tell what a message continues: it answers something and does not say what. It then
 * belongs to a thread of the same `subjectKeyOf` in which its sender takes part, and to no other.
 */
export const joinsBySubject = (message: Referring & Readonly<{ subject: string }>): boolean =>
  message.references.length === 0 &&
  message.inReplyTo === null &&
  isReplySubject(message.subject) &&
  subjectKeyOf(message.subject) !== null;
