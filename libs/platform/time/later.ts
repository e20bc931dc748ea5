/** An instant so many milliseconds later, or before where they are negative. ISO 8601, UTC, with milliseconds. */
export const later = (instant: string, milliseconds: number): string =>
  new Date(Date.parse(instant) + milliseconds).toISOString();
