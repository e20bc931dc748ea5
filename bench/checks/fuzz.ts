import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { addresses } from '#testing/fuzz/addresses';
import { chains, dkim, policies } from '#testing/fuzz/authentication';
import { dialogue } from '#testing/fuzz/dialogue';
import { dnsAnswers } from '#testing/fuzz/dns-answers';
import { bounces, mime, rtf } from '#testing/fuzz/messages';
import type { FuzzTarget } from '#testing/fuzz/target';

/** `npm run fuzz -- --seconds 60 --seed 1 --target mime`: hostile input until the time is up, a share for each target. */
const TARGETS = [mime, bounces, rtf, addresses, dkim, chains, policies, dnsAnswers, dialogue];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
});
const seed = values.seed ? Number(values.seed) : randomInt(2 ** 31);
const chosen = TARGETS.filter(({ name }) => !values.target || name === values.target);

const run = ({ name, property }: FuzzTarget, milliseconds: number): boolean => {
  const details = fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: milliseconds,
  }) as fc.RunDetails<unknown>;
  const { failed, numRuns, counterexample, errorInstance } = details;
  console.log(JSON.stringify({ fuzz: name, seed, runs: numRuns, failed }));
  if (!failed) return true;
  console.error(`${name} failed; again with: npm run fuzz -- --target ${name} --seed ${seed}`);
  console.error(errorInstance);
  console.error(fc.stringify(counterexample).slice(0, 4_000));
  return false;
};

if (chosen.length === 0) {
  console.error(
    `There is no target ${values.target}; there are ${TARGETS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(64);
}
const share = (Number(values.seconds) * 1_000) / chosen.length;
const sound = chosen.map((one) => run(one, share));
process.exitCode = sound.every(Boolean) ? 0 : 1;
