import { expect, it } from '@jest/globals';
import { START } from '#kernel/event-store';
import { setImmediate } from 'node:timers/promises';
import { Tail, wanted } from './tail.js';
import type { AppendRequest } from './schema.js';

const request = (stream: string, type: string, expected = -1): AppendRequest => [
  stream,
  expected,
  `${stream}-${type}`,
  type,
  '{}',
  '{}',
];

const following = (tail: Tail, type: string) => {
  const follower = { isAwake: false };
  void tail.more(wanted({ types: [type] })).then(() => (follower.isAwake = true));
  return follower;
};

it('wakes at once whom an event concerns, and the others when somebody waits for them or a moment later', async () => {
  const tail = new Tail(START);
  const [concerned, other] = [following(tail, 'First'), following(tail, 'Other')];
  tail.add(request('counter-1', 'First'));
  await Promise.resolve();
  expect([concerned.isAwake, other.isAwake]).toEqual([true, false]);
  tail.wake();
  await Promise.resolve();
  expect(other.isAwake).toBe(true);

  const later = following(tail, 'Other');
  tail.add(request('counter-2', 'First'));
  while (!later.isAwake) await setImmediate();
  expect(tail.after(START, wanted({ types: ['Other'] }))).toEqual({ events: [], upTo: 1n });
});

it('has a stream from its beginning, or leaves it to the disk', () => {
  const tail = new Tail(START);
  tail.add(request('counter-1', 'First'));
  tail.add(request('counter-2', 'Second', 4));
  tail.add(request('counter-1', 'Third', 0));
  expect(tail.stream('counter-1')?.map(({ type, revision }) => [type, revision])).toEqual([
    ['First', 0n],
    ['Third', 1n],
  ]);
  expect(tail.stream('counter-2')).toBeUndefined();
  expect(tail.stream('counter-3')).toBeUndefined();
});

it('lets go of what is oldest, streams and all', () => {
  const tail = new Tail(START);
  for (let at = 0; at < 5_000; at += 1) tail.add(request(`counter-${at}`, 'First'));
  expect(tail.stream('counter-0')).toBeUndefined();
  expect(tail.stream('counter-4999')).toHaveLength(1);
  expect(tail.after(START, wanted())).toBeUndefined();
  expect(tail.head).toBe(4_999n);
});
