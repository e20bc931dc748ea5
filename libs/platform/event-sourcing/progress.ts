import { Injectable } from '@nestjs/common';
import { START, type Position } from '#kernel/event-store';

type Waiting = Readonly<{ target: Position; isUrgent: boolean; arrived: () => void }>;

/** How far the views of this process are, for those who wait for one; it saves them the asking. */
@Injectable()
export class Progress {
  private readonly positions = new Map<string, Position>();
  private readonly waiting = new Map<string, Set<Waiting>>();
  private readonly hurry = new Map<string, () => void>();

  advance(collection: string, position: Position): void {
    this.positions.set(collection, position);
    const waiting = this.waiting.get(collection);
    for (const each of waiting ?? []) {
      if (each.target > position) continue;
      waiting?.delete(each);
      each.arrived();
    }
  }

  /** Whether it is this process that keeps the view, so that nobody need ask the store first. */
  follows(collection: string): boolean {
    return this.positions.has(collection);
  }

  has(collection: string, position: Position): boolean {
    return (this.positions.get(collection) ?? START) >= position;
  }

  /**
   * `arrived` settles when the view has come so far; whoever does not wait any longer says `forget`. Behind
   * something urgent somebody waits for his answer.
   */
  until(
    collection: string,
    target: Position,
    isUrgent: boolean,
  ): Readonly<{ arrived: Promise<void>; forget: () => void }> {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    const waiting = this.waiting.get(collection) ?? new Set();
    this.waiting.set(collection, waiting);
    const each = { target, isUrgent, arrived: resolve };
    if (this.has(collection, target)) resolve();
    else waiting.add(each);
    if (isUrgent) this.hurry.get(collection)?.();
    return { arrived, forget: () => void waiting.delete(each) };
  }

  /** Tells the one who folds a view when it becomes urgent; at once if it is already. */
  whenUrgent(collection: string, hurry: () => void): void {
    if ([...(this.waiting.get(collection) ?? [])].some(({ isUrgent }) => isUrgent)) hurry();
    else this.hurry.set(collection, hurry);
  }
}
