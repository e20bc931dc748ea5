import { compareBounces } from '#testing/corpora-bounces';
import { compareOrdinary } from '#testing/corpora-ordinary';
import { compareVariations, type Variations } from '#testing/corpora-variations';
import { compareMime } from '#testing/corpora-mime';
import { corpusFolder, type Comparison } from '#testing/corpora';

/** How collections of real mail are read: what differs from the answers beside them, then one JSON line each. */
const main = (root?: string): void => {
  const [mime, bounces] = [corpusFolder('mime', root), corpusFolder('bounces', root)];
  if (mime) {
    const compared = compareMime(mime);
    printDifferences('mime', compared);
    const counted = compared.filter(({ counts }) => counts);
    const right = counted.filter(({ differences }) => differences.length === 0).length;
    print({ corpus: 'mime', wellFormed: counted.length, right, percent: percent(right, counted.length) });
    printForms('mime', compareOrdinary(mime));
  }
  if (bounces) {
    const compared = compareBounces(bounces);
    printDifferences('bounces', compared);
    const sum = (of: 'rows' | 'right' | 'whole') => compared.reduce((total, one) => total + one[of], 0);
    const [rows, right, whole] = [sum('rows'), sum('right'), sum('whole')];
    print({
      corpus: 'bounces',
      rows,
      right,
      percent: percent(right, rows),
      withReason: percent(whole, rows),
    });
    printForms('bounces', compareVariations(bounces));
  }
  if (!mime && !bounces) print({ skipped: 'there is no collection beside the checkout' });
};

const printDifferences = (corpus: string, compared: readonly Comparison[]) => {
  for (const { name, counts, differences } of compared)
    for (const difference of differences)
      console.log(`${corpus}/${name}${counts ? '' : ' (malformed)'}: ${difference}`);
};
const printForms = (corpus: string, forms: readonly Variations[]) => {
  for (const { form, ordinary, tried, right, differences } of forms)
    print({ corpus, form, ordinary, tried, right, differences: differences.slice(0, 20) });
};
const percent = (part: number, whole: number) => Math.round((part / whole) * 1_000) / 10;
const print = (line: Record<string, unknown>) => console.log(JSON.stringify(line));

main(process.argv[2]);
