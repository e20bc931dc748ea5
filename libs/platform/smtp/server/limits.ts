/** What one client may ask of the server; each limit has its own reply. */
export type Limits = Readonly<{
  messageBytes: number;
  recipients: number;
  /** `Received` fields of a message: with more of them it goes in a circle (RFC 5321 section 6.3). */
  receivedFields: number;
  /** A command line, CRLF included. */
  commandBytes: number;
  /** Replies of 500 and up since the last accepted message. */
  errors: number;
  /** Commands since the last accepted message, without those that bring a sizeable chunk of one. */
  commands: number;
  connections: number;
  connectionsOfOneClient: number;
  /** Between two commands (RFC 5321 section 4.5.3.2.7 asks for five minutes). */
  idleMs: number;
  /** From the first byte of a command to its last, and for a TLS handshake. */
  commandMs: number;
  /** From MAIL to the answer after the last byte. */
  transactionMs: number;
  /** Content that arrives more slowly, once it had `rateGraceMs`, is given up. */
  bytesPerSecond: number;
  rateGraceMs: number;
  /** What a transaction gets to end in when the server stops. */
  stopMs: number;
}>;

export const LIMITS: Limits = {
  messageBytes: 25 * 1024 * 1024,
  recipients: 100,
  receivedFields: 50,
  commandBytes: 2_048,
  errors: 20,
  commands: 1_000,
  connections: 1_000,
  connectionsOfOneClient: 100,
  idleMs: 300_000,
  commandMs: 60_000,
  transactionMs: 1_800_000,
  bytesPerSecond: 1_000,
  rateGraceMs: 60_000,
  stopMs: 6_000,
};
