import { describe, expect, it } from '@jest/globals';
import { corpusFolder } from '#testing/corpora';
import { compareBounces } from '#testing/corpora-bounces';
import { compareMime } from '#testing/corpora-mime';
import { compareOrdinary } from '#testing/corpora-ordinary';
import { compareVariations } from '#testing/corpora-variations';

const [mime, bounces] = [corpusFolder('mime'), corpusFolder('bounces')];
const share = (part: number, whole: number) => part / whole;

/** `npm run corpora` shows what differs. */
describe('real mail', () => {
  (mime ? it : it.skip)('reads as another parser reads it: 95 % of the well-formed', () => {
    const counted = compareMime(mime!).filter(({ counts }) => counts);
    const right = counted.filter(({ differences }) => differences.length === 0);
    expect(share(right.length, counted.length)).toBeGreaterThanOrEqual(0.95);
  });

  (mime ? it : it.skip)('that is ordinary is never taken for a report, however it is dressed', () => {
    expect(
      compareOrdinary(mime!).flatMap(({ form, differences }) => differences.map((name) => [form, name])),
    ).toEqual([]);
  });

  (bounces ? it : it.skip)(
    'that came back: 95 % with the right recipients, verdict, class and reason',
    () => {
      const compared = compareBounces(bounces!);
      const rows = compared.reduce((sum, one) => sum + one.rows, 0);
      const right = compared.reduce((sum, one) => sum + one.right, 0);
      const whole = compared.reduce((sum, one) => sum + one.whole, 0);
      expect(share(right, rows)).toBeGreaterThanOrEqual(0.95);
      expect(share(whole, rows)).toBeGreaterThanOrEqual(0.95);
    },
  );

  (bounces ? it : it.skip)(
    'that came back is told so in other forms, what people write about it is not',
    () => {
      const forms = compareVariations(bounces!);
      expect(forms.filter(({ right, tried }) => share(right, tried) < 0.99)).toEqual([]);
      expect(forms.filter(({ ordinary }) => ordinary).flatMap(({ differences }) => differences)).toEqual([]);
    },
    60_000,
  );
});
