import { describe, expect, it } from '@jest/globals';
import { pageBody, PageQuery } from './page.js';

describe('a position', () => {
  const at = (position: number, results: readonly string[]) => {
    const query = Object.assign(new PageQuery(), { position });
    return pageBody(query, { results, total: 20_000, broken: 0, nextCursor: null }, (text) => text);
  };

  it('goes to 10,000 in a list that goes on there', () => {
    expect(at(10_000, ['a'])).toMatchObject({ total: 10_000, total_capped: true, position: 10_000 });
    expect(() => at(10_001, ['a'])).toThrow(expect.objectContaining({ code: 'position-too-deep' }));
  });

  it('past the end is not too deep', () => {
    expect(at(10_001, [])).toMatchObject({ results: [], position: 10_001 });
  });
});
