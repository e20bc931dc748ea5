/**
 * One row an event. A kind is a pair of category and type, of which there are few hundred. Filters go by
 * `place`, the blocks of positions in which a kind occurs: a row for each event would cost more than the event.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS kind (
    id INTEGER PRIMARY KEY,
    category TEXT NOT NULL,
    type TEXT NOT NULL,
    UNIQUE (category, type)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL REFERENCES kind,
    id TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS event_by_stream ON event (stream, revision);
  CREATE TABLE IF NOT EXISTS place (
    kind INTEGER NOT NULL REFERENCES kind,
    block INTEGER NOT NULL,
    PRIMARY KEY (kind, block)
  ) STRICT, WITHOUT ROWID
`;

/** Positions in a block. */
export const BLOCK = 256;
export const blockOf = (position: number): number => Math.floor(position / BLOCK);

/** Stream, the revision that it must be at (-1 for none), then id, type, data and metadata of each event. */
export type AppendRequest = readonly [stream: string, expected: number, ...events: string[]];
export const FIELDS = 4;

/** The position of the first event, or one of these. */
export type AppendAnswer = number;
export const CONFLICT = -1;
export const DONE_BEFORE = -2;
