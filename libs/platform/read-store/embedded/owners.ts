import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Of what is a whole tenant's. */
export const NO_INBOX = 0;
const NOBODY = -1;
const KEPT = 1_000;

/**
 * The tenants and inboxes of a view by numbers: every index begins with them, and written out they would be most of
 * what is in it. A number, once given, is never another's.
 */
export class Owners {
  private readonly numbers = new Map<string, number>();
  private readonly names = new Map<number, string>();
  private readonly byName: StatementSync;
  private readonly byNumber: StatementSync;
  private readonly add: StatementSync;

  constructor(db: DatabaseSync) {
    this.byName = db.prepare('SELECT number FROM owners WHERE name = ?');
    this.byNumber = db.prepare('SELECT name FROM owners WHERE number = ?');
    this.add = db.prepare('INSERT INTO owners (name) VALUES (?)');
  }

  /** One that is nobody's for a name without a number. */
  numberOf(name = ''): number {
    if (name === '') return NO_INBOX;
    const known = this.numbers.get(name) ?? this.byName.get(name)?.['number'];
    return typeof known === 'number' ? this.keep(known, name) : NOBODY;
  }

  /** Gives it one, where the connection may write, within a transaction. */
  numberFor(name = ''): number {
    const known = this.numberOf(name);
    return known === NOBODY ? this.keep(Number(this.add.run(name).lastInsertRowid), name) : known;
  }

  /** Undefined for no inbox. */
  nameOf(number: number): string | undefined {
    if (number === NO_INBOX) return undefined;
    const known = this.names.get(number);
    if (known !== undefined) return known;
    const name = String(this.byNumber.get(number)?.['name']);
    this.keep(number, name);
    return name;
  }

  /** What was given in a transaction that is rolled back was not given. */
  forget(): void {
    this.numbers.clear();
    this.names.clear();
  }

  private keep(number: number, name: string): number {
    if (this.numbers.size >= KEPT) this.forget();
    this.numbers.set(name, number);
    this.names.set(number, name);
    return number;
  }
}
