import { cpus } from 'node:os';

const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length };

/** One line of JSON for each figure. */
export const print = (bench: string, figure: string, value: number, unit: string, params: object = {}) => {
  const rounded = Number(value.toPrecision(4));
  console.log(
    JSON.stringify({ bench, figure, value: rounded, unit, params, machine, node: process.versions.node }),
  );
};

/** Of milliseconds: the half and the slowest hundredth. */
export const printTimes = (
  bench: string,
  name: string,
  milliseconds: readonly number[],
  params: object = {},
) => {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN;
  const all = { ...params, samples: sorted.length };
  print(bench, `${name} p50`, at(0.5), 'ms', all);
  print(bench, `${name} p99`, at(0.99), 'ms', all);
};

/**
 * How often a second `work` is done by so many callers, each beginning again as soon as it is done. The first
 * tenth of the time is not counted.
 */
export const rate = async (
  callers: number,
  milliseconds: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> => {
  const begin = performance.now();
  let index = 0;
  let counted = 0;
  const call = async () => {
    for (let now = begin; now < begin + milliseconds; now = performance.now()) {
      await work(index++);
      if (now - begin > milliseconds / 10) counted += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (counted / (performance.now() - begin - milliseconds / 10)) * 1_000;
};
