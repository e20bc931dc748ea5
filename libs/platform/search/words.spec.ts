import { expect, it } from '@jest/globals';
import { foldText } from './words.js';

it('looks at letters without their case and accents, however these are written', () => {
  for (const written of ['Émile Ångström ﬁ', 'E\u0301mile A\u030angstro\u0308m fi'])
    expect(foldText(written)).toBe('emile angstrom fi');
});

it('looks past strokes and ligatures, which are accents and cases that no mark tells of', () => {
  expect(foldText('Łódź Ødegaard Đà Ħal STRAẞE Straße Æon Œuvre')).toBe(
    'lodz odegaard da hal strasse strasse aeon oeuvre',
  );
  expect(foldText('ΟΔΟΣ')).toBe(foldText('οδοσ'));
});

it('reads any number of marks at one letter in no time', () => {
  const started = performance.now();
  expect(foldText(`e${'\u0315\u0300'.repeat(500_000)}`)).toBe('e');
  expect(performance.now() - started).toBeLessThan(5_000);
});
