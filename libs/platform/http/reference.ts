import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { catalogue } from './answer.js';

/** Of the wire contract as a whole. */
export const CONTRACT_VERSION = '2026-06-06';

export class ReferenceField {
  @ApiProperty() readonly name!: string;
  @ApiProperty() readonly type!: string;
  @ApiProperty() readonly required!: boolean;
  @ApiPropertyOptional({ type: [String] }) readonly values?: readonly string[];
  @ApiPropertyOptional() readonly default?: string;
  @ApiPropertyOptional() readonly max?: number;
  @ApiProperty() readonly description!: string;
}

export class ReferencePayload {
  @ApiProperty() readonly method!: string;
  @ApiProperty() readonly path!: string;
  @ApiProperty({ type: Object, nullable: true }) readonly body!: object | null;
}

/** A list, or lists by the name of their category. */
type Lists = Readonly<Record<string, readonly unknown[] | Readonly<Record<string, readonly unknown[]>>>>;

type Reference<L extends Lists> = Readonly<{
  resource: string;
  /** An example of each call. */
  payload: Readonly<Record<string, ReferencePayload>>;
  /** What the calls take, all together. */
  fields: readonly ReferenceField[];
  /** The order in which a form would ask. */
  builder: Readonly<{ action: string; steps: readonly string[] }>;
  lists: L;
}>;

/** What `lists` hold, and how many each. */
export const counted = <L extends Lists>(lists: L) => ({
  ...lists,
  counts: Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, Object.keys(list).length]),
  ) as Record<keyof L, number>,
});

/** The body of a `…/reference/` route, with an ETag that changes when it does. */
export const reference = <L extends Lists>({ lists, ...rest }: Reference<L>) =>
  catalogue({ version: CONTRACT_VERSION, ...rest, ...counted(lists) });
