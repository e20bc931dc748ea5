import { describe, expect, it } from '@jest/globals';
import { cursorOf, placeOf } from './cursors.js';

describe('a cursor', () => {
  it('names a place in its own list', () => {
    const cursor = cursorOf('messages/byTime', 'place') ?? '';
    expect(placeOf('messages/byTime', cursor)).toBe('place');
    for (const [list, given] of [
      ['threads/byTime', cursor],
      ['messages/byTime', 'place'],
      ['messages/byTime', ''],
    ] as const)
      expect(() => placeOf(list, given)).toThrow(expect.objectContaining({ code: 'validation-failed' }));
  });

  it('is null where the list ends', () => expect(cursorOf('messages/byTime', null)).toBeNull());
});
