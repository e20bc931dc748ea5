import fc from 'fast-check';

/** What is thrown at a piece of code that strangers reach, and what must hold whatever it is. */
export type FuzzTarget = Readonly<{ name: string; property: fc.IRawProperty<unknown> }>;

/** The longest that one input may take, of the processor. */
const MOST_MS = 2_000;

/** `check` throws where something does not hold; it is also the failure to take too long. */
export const target = <T>(name: string, inputs: fc.Arbitrary<T>, check: (input: T) => void): FuzzTarget => ({
  name,
  property: fc.property(inputs, (input) => {
    const before = process.cpuUsage();
    check(input);
    const { user, system } = process.cpuUsage(before);
    if (user + system > MOST_MS * 1_000) throw new Error(`It took ${Math.round((user + system) / 1_000)} ms`);
  }) as fc.IRawProperty<unknown>,
});

export const holds = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`It does not hold: ${what}`);
};

/** So much of what repeats takes seconds where the time that it takes grows with its square. */
const LONGEST = 64 * 1024;
const LETTERS = ['a', '0', '-', '.', ' ', '\t', '\n', '(', '"', '@', '/', '>', 'ü'];

/** One short text over and over, between others. */
const repeated = (pieces: readonly string[]): fc.Arbitrary<string> => {
  const piece = fc.oneof(fc.constantFrom(...pieces), fc.constantFrom(...LETTERS));
  const unit = fc.oneof(
    piece,
    fc.tuple(piece, piece, piece).map((all) => all.join('')),
  );
  const few = fc.array(piece, { maxLength: 2 });
  return fc
    .tuple(few, unit, fc.nat(LONGEST), few)
    .map(([before, text, length, after]) =>
      [...before, text.repeat(Math.ceil(length / text.length)), ...after].join(''),
    );
};

/**
 * Text made of the pieces that a parser stumbles over, repeated and mixed with anything. `long`: of how many in a
 * hundred one is a long text that repeats itself.
 */
export const textOf = (pieces: readonly string[], most: number, long = 10): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 100 - long, arbitrary: mixed(pieces, most) },
    { weight: long, arbitrary: repeated(pieces) },
  );

const mixed = (pieces: readonly string[], most: number): fc.Arbitrary<string> => {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pieces) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...pieces), fc.nat(2_000)).map(([one, times]) => one.repeat(times)),
    },
  );
  return fc.array(piece, { maxLength: most }).map((all) => all.join(''));
};

/** The same bytes, some of them changed, cut out or doubled. */
export const damaged = (bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> => {
  const change = fc.record({
    at: fc.nat(),
    to: fc.nat(255),
    length: fc.nat(64),
    kind: fc.constantFrom('set', 'cut', 'double'),
  });
  return fc
    .tuple(bytes, fc.array(change, { maxLength: 6 }))
    .map(([whole, changes]) => changes.reduce(apply, whole));
};

const apply = (bytes: Buffer, change: { at: number; to: number; length: number; kind: string }): Buffer => {
  const at = bytes.length === 0 ? 0 : change.at % bytes.length;
  const [before, piece, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + change.length),
    bytes.subarray(at + change.length),
  ];
  if (change.kind === 'set') return Buffer.concat([before, Buffer.of(change.to), bytes.subarray(at + 1)]);
  return Buffer.concat(change.kind === 'cut' ? [before, after] : [before, piece, piece, after]);
};
