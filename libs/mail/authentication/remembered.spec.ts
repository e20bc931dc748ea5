import { expect, it } from '@jest/globals';
import { remembered } from './remembered.js';

it('makes what is asked for again and again once, and forgets the rest', () => {
  const made: string[] = [];
  const make = remembered((text) => {
    made.push(text);
    return text.toUpperCase();
  });
  make('forgotten');
  for (let at = 0; at < 1_500; at++) {
    make(`${at}`);
    expect(make('asked for')).toBe('ASKED FOR');
  }
  make('forgotten');
  expect(made.filter((text) => text === 'asked for')).toHaveLength(1);
  expect(made.filter((text) => text === 'forgotten')).toHaveLength(2);
});

it('keeps no long text', () => {
  let count = 0;
  const make = remembered(() => (count += 1));
  make('x'.repeat(5_000));
  make('x'.repeat(5_000));
  expect(count).toBe(2);
});
