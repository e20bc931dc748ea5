import { Injectable } from '@nestjs/common';
import type { Position } from '#kernel/event-store';

/** How far the views of this process are, for those who wait for one; it saves them the asking. */
@Injectable()
export class Progress {
  private readonly positions = new Map<string, Position>();
  private moved = Promise.withResolvers<void>();

  advance(collection: string, position: Position): void {
    this.positions.set(collection, position);
    this.moved.resolve();
    this.moved = Promise.withResolvers();
  }

  has(collection: string, position: Position): boolean {
    return (this.positions.get(collection) ?? -1n) >= position;
  }

  /** Settles when some view of this process has moved. */
  next(): Promise<void> {
    return this.moved.promise;
  }
}
