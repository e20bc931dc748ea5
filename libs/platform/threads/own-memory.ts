/** What a thread is sent as a view it gets with all that it is a view of, so a message has a memory of its own. */
export const exact = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

/** Pieces as one, likewise. */
export const joined = (pieces: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
};

const LARGE = 64 * 1024;

/** Large ones that go to a thread as they are instead of a copy: who sends them may not use them any more. */
export const givenAway = (pieces: readonly Uint8Array[]): ArrayBuffer[] =>
  pieces
    .filter(({ buffer, byteLength }) => byteLength > LARGE && byteLength === buffer.byteLength)
    .map(({ buffer }) => buffer as ArrayBuffer);
