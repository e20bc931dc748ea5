import { expect, it } from '@jest/globals';
import type { Position } from '#kernel/event-store';
import { Progress } from './progress.js';

const at = (position: number) => BigInt(position) as Position;

it('tells whoever waits for a view when it has come so far', async () => {
  const progress = new Progress();
  const arrivals: string[] = [];
  for (const [name, target] of [
    ['near', 1],
    ['far', 3],
  ] as const)
    void progress.until('mails', at(target), false).arrived.then(() => arrivals.push(name));
  progress.advance('others', at(9));
  progress.advance('mails', at(2));
  await Promise.resolve();
  expect(arrivals).toEqual(['near']);
  progress.advance('mails', at(3));
  await Promise.resolve();
  expect(arrivals).toEqual(['near', 'far']);
  await progress.until('mails', at(2), false).arrived;
});

it('hurries whoever keeps the view for an answer, and for nothing else', () => {
  const progress = new Progress();
  let hurried = 0;
  const hurry = () => (hurried += 1);
  progress.whenUrgent('mails', hurry);
  progress.until('mails', at(1), false);
  progress.until('others', at(1), true);
  expect(hurried).toBe(0);
  const { forget } = progress.until('mails', at(1), true);
  expect(hurried).toBe(1);
  progress.whenUrgent('mails', hurry);
  expect(hurried).toBe(2);
  forget();
  progress.whenUrgent('mails', hurry);
  expect(hurried).toBe(2);
});
