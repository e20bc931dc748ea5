import { Global, Injectable, Module } from '@nestjs/common';
import type { ParseArgsOptionsConfig } from 'node:util';

/** A row of the answer: printed as its text, or as JSON where the operator asked for that. */
export type Say = (row: object, text?: string) => Promise<void>;

export type Call = Readonly<{
  /** What stands after the name and is no option. */
  words: readonly string[];
  /** By name, without dashes; a list where it may stand several times. */
  options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  /** Settles when the operator's side has room for more. */
  say: Say;
  /** The operator is gone, or the process stops. */
  stopping: AbortSignal;
}>;

/** Something that an operator may have done on the machine itself; whoever reaches the data folder is trusted. */
export type Operation = Readonly<{
  /** After the name: `list | retry <saga> <key>`. One line each. */
  usage: readonly string[];
  about: string;
  options?: ParseArgsOptionsConfig;
  /** Throws a `DomainError` for a refusal, `WrongUsage` for words that it does not know. */
  run: (call: Call) => Promise<void>;
}>;

export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** Features add theirs while the application is made or initialised: `registry.add('tenant', {...})`. */
@Injectable()
export class OpsRegistry {
  private readonly operations = new Map<string, Operation>();

  add(name: string, operation: Operation) {
    if (this.operations.has(name)) throw new Error(`The operation ${name} is declared twice`);
    this.operations.set(name, operation);
  }

  find(name: string): Operation | undefined {
    return this.operations.get(name);
  }

  /** In the order of their names. */
  get all(): readonly (readonly [name: string, operation: Operation])[] {
    return [...this.operations].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

@Global()
@Module({ providers: [OpsRegistry], exports: [OpsRegistry] })
export class OpsRegistryModule {}
