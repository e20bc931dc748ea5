import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { DateTime } from 'luxon';

/** A query parameter is text, and may be absent; what does not read as its type is refused under its name. */
const fromText = (read: (text: string) => unknown) =>
  applyDecorators(
    Transform(({ value }) => (typeof value === 'string' ? read(value) : value)),
    ValidateIf((_, value) => value !== undefined),
  );

export const QueryInteger = (bounds: { minimum: number; maximum: number; default?: number }) =>
  applyDecorators(
    ApiPropertyOptional(bounds.default === undefined ? {} : { default: bounds.default }),
    fromText((text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : text)),
    IsInt(),
    Min(bounds.minimum),
    Max(bounds.maximum),
  );

/** `true` or `false`. */
export const QueryBoolean = () =>
  applyDecorators(
    ApiPropertyOptional({ type: 'boolean' }),
    fromText((text) => ({ true: true, false: false })[text] ?? text),
    IsBoolean(),
  );

/** In a query or a body: ISO 8601, without an offset in UTC; the handler gets it in UTC with milliseconds. */
export const Instant = () =>
  applyDecorators(
    ApiPropertyOptional({ type: 'string', format: 'date-time' }),
    fromText((text) => DateTime.fromISO(text, { zone: 'utc' }).toISO() ?? text),
    ValidateBy({
      name: 'isInstant',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isInstant(value),
        defaultMessage: (fault) => `${fault?.property} must be an ISO 8601 date and time`,
      },
    }),
  );

/** Of four digits a year, and a day that its month has. */
const isInstant = (text: string): boolean => /^\d{4}-.*Z$/.test(text) && DateTime.fromISO(text).isValid;

/** A parameter that contradicts another one of the same query. */
export const NotTogetherWith = (other: string) =>
  ValidateBy({
    name: 'isAlone',
    validator: {
      validate: (_, fault) => (fault?.object as Readonly<Record<string, unknown>>)[other] === undefined,
      defaultMessage: (fault) => `${fault?.property} does not go together with ${other}`,
    },
  });
