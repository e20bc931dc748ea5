import { expect, it } from '@jest/globals';
import { TtlCache } from './cache.js';

const HALF = 5_000;
let fillers = 0;
const cacheOf = () => {
  const clock = { ms: 0 };
  return { clock, cache: new TtlCache<number>(() => clock.ms) };
};
const fill = (cache: TtlCache<number>, count: number, bytes = 1) => {
  for (let at = 0; at < count; at++) cache.set(`filler ${(fillers += 1)}`, at, 60, bytes);
};

it('keeps what is asked for, and gives up what is not', () => {
  const { cache } = cacheOf();
  cache.set('asked for', 1, 60, 1);
  cache.set('forgotten', 2, 60, 1);
  for (let times = 0; times < 3; times++) {
    fill(cache, HALF);
    expect(cache.get('asked for')?.value).toBe(1);
  }
  expect(cache.get('forgotten')).toBeUndefined();
});

it('is bounded in bytes', () => {
  const { cache } = cacheOf();
  cache.set('small', 1, 60, 1);
  fill(cache, 17, 1024 * 1024);
  expect(cache.get('small')).toBeUndefined();
});

it('tells what was set last, for as long as that lives', () => {
  const { cache, clock } = cacheOf();
  cache.set('name', 1, 60, 1);
  fill(cache, HALF);
  cache.set('name', 2, 30, 1);
  clock.ms = 29_001;
  expect(cache.get('name')).toEqual({ value: 2, secondsLeft: 1 });
  clock.ms = 30_000;
  expect(cache.get('name')).toBeUndefined();
});
