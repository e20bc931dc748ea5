/** What one message may cost. Past any of these it is kept and shown unparsed; nothing is cut silently. */
export const MESSAGE_LIMITS = {
  /** The 25 MiB that are accepted, and what trace headers and a tolerant peer add. */
  bytes: 36 * 1024 * 1024,
  /** The header block of a message or of one part, and the number of its fields. */
  headerBytes: 1024 * 1024,
  headerFields: 5_000,
  /** The fields of all header blocks of a message. */
  allFields: 20_000,
  /** All parts, the multiparts too, and how deep multiparts stand in each other. */
  parts: 1_000,
  depth: 100,
  /** Of one address field; the rest of a longer list is left out. */
  addresses: 5_000,
  /** Message-IDs of one References field, the first and the latest ones. */
  references: 100,
  /** Parameters of one Content-Type or Content-Disposition, and bytes of their field. */
  parameters: 200,
  /** Encoded bytes of all that is shown as the body; what is larger is read from the raw message. */
  bodyBytes: 10 * 1024 * 1024,
  /** Characters: of text that is derived from HTML or RTF, and of one in which quotations are looked for; no one types more. */
  derivedText: 2 * 1024 * 1024,
  quotingText: 1024 * 1024,
  /** What is unpacked from one winmail.dat. */
  tnefAttachments: 200,
} as const;

/** Why a message could not be parsed. */
export type Unparsed = 'too-deep' | 'too-many-parts' | 'too-large' | 'time' | 'malformed';

/** Thrown inside the parser, never out of `parseMessage`. */
export class BeyondLimit extends Error {
  constructor(readonly reason: Unparsed) {
    super(reason);
  }
}
