import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SteppedClock } from '#testing/stepped-clock';
import { Lanes, type Verdict } from './lanes.js';
import { Pace } from './pace.js';

describe('lanes', () => {
  it('give a slow destination few at once, and never hold up another', async () => {
    const lanes = new Lanes(new SteppedClock());
    const underWay = { slow: 0, fast: 0 };
    const most = { slow: 0, fast: 0 };
    const release: (() => void)[] = [];
    const work = (name: 'slow' | 'fast') => async (): Promise<Verdict> => {
      most[name] = Math.max(most[name], (underWay[name] += 1));
      if (name === 'slow') await new Promise<void>((resolve) => release.push(resolve));
      else await Promise.resolve();
      underWay[name] -= 1;
      return name === 'slow' ? 'away' : 'well';
    };
    for (let index = 0; index < 100; index += 1) {
      lanes.add('slow', work('slow'));
      lanes.add('fast', work('fast'));
    }
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
    expect(underWay).toEqual({ slow: 4, fast: 0 });
    for (let turn = 0; turn < 200; turn += 1) {
      for (const each of release.splice(0)) each();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await lanes.drain();
    expect(most.slow).toBe(4);
    expect(most.fast).toBeGreaterThan(4);
  });

  it('hold one that says it is too much to half of what it had, and go on faster while it says nothing', async () => {
    const clock = new SteppedClock();
    const lanes = new Lanes(clock);
    const begun = { picky: 0, other: 0 };
    let answer: Verdict = 'too-fast';
    const add = (name: 'picky' | 'other', count: number) => {
      for (let index = 0; index < count; index += 1)
        lanes.add(name, async () => {
          begun[name] += 1;
          return name === 'picky' ? answer : 'well';
        });
    };
    const after = async (milliseconds: number) => {
      const before = begun.picky;
      for (let passed = 0; passed < milliseconds; passed += 500) {
        clock.advance(500);
        for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      return begun.picky - before;
    };
    add('picky', 1_000);
    add('other', 1_000);
    await after(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect([begun.picky < 10, begun.other, lanes.hasRoom('picky'), lanes.hasRoom('other')]).toEqual([
      true,
      1_000,
      false,
      true,
    ]);
    answer = 'well';
    const [first, second] = [await after(5_000), await after(5_000)];
    expect(first).toBeGreaterThan(0);
    expect(first + second).toBeLessThan(30);
    await after(60_000);
    expect(await after(5_000)).toBeGreaterThan(first + 5);
    await lanes.drain();
    const rest = begun.picky;
    expect([await after(60_000), begun.picky]).toEqual([0, rest]);
  });
});

describe('the pace of a destination', () => {
  it('keeps to its rate over any time, but for what may go at once after a rest', () => {
    const times = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 2, maxLength: 300 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 200 }), (pauses, before) => {
        const pace = new Pace();
        for (let count = 0; count < before; count += 1) pace.begin(0);
        pace.complain(1_000);
        let [now, begun] = [1_000, 0];
        for (const pause of pauses) {
          now += pause;
          for (; pace.waitMs(now) === 0 && begun < 100_000; begun += 1) pace.begin(now);
        }
        const seconds = (now - 1_000) / 1_000;
        const atMost = (before / 2) * 2 ** (seconds / 60);
        expect(begun).toBeLessThanOrEqual(Math.ceil(atMost * seconds + Math.max(1, atMost)));
        expect(pace.isUsual(now + 20 * 60_000)).toBe(true);
      }),
    );
  });

  it('is never so slow that it stands still, however often it is complained about', () => {
    const pace = new Pace();
    for (let now = 0; now < 3_600_000; now += 30_000) {
      if (pace.waitMs(now) === 0) pace.begin(now);
      pace.complain(now);
    }
    expect(pace.waitMs(3_600_000)).toBeLessThanOrEqual(10_000);
    expect(pace.waitMs(3_620_000)).toBe(0);
  });
});
