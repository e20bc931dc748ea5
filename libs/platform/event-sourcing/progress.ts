import { Injectable } from '@nestjs/common';
import { START, type Position } from '#kernel/event-store';

type Waiting = Readonly<{ target: Position; arrived: () => void }>;

/** How far the views of this process are, for those who wait for one; it saves them the asking. */
@Injectable()
export class Progress {
  private readonly positions = new Map<string, Position>();
  private readonly waiting = new Map<string, Set<Waiting>>();

  advance(collection: string, position: Position): void {
    this.positions.set(collection, position);
    const waiting = this.waiting.get(collection);
    for (const each of waiting ?? []) {
      if (each.target > position) continue;
      waiting?.delete(each);
      each.arrived();
    }
  }

  has(collection: string, position: Position): boolean {
    return (this.positions.get(collection) ?? START) >= position;
  }

  /** `arrived` settles when the view has come so far; whoever does not wait any longer says `forget`. */
  until(collection: string, target: Position): Readonly<{ arrived: Promise<void>; forget: () => void }> {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    const waiting = this.waiting.get(collection) ?? new Set();
    this.waiting.set(collection, waiting);
    const each = { target, arrived: resolve };
    if (this.has(collection, target)) resolve();
    else waiting.add(each);
    return { arrived, forget: () => void waiting.delete(each) };
  }
}
