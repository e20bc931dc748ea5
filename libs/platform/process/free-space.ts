import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { systemCode } from './refusal.js';

/** Kept free for what is under way: this much, or this part of a small disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_PART = 1 / 50;
const FRESH_MS = 1_000;

/** Of the disk of the data folder; without a folder there is always room. */
@Injectable()
export class FreeSpace {
  private known = Infinity;
  private knownAt = -Infinity;

  constructor(private readonly config: Config) {}

  /** Whether `bytes` more would eat into the reserve. As of a second ago. */
  async isShort(bytes: number): Promise<boolean> {
    if (performance.now() - this.knownAt > FRESH_MS) {
      this.knownAt = performance.now();
      this.known = await this.measure();
    }
    return this.known < bytes;
  }

  /** As `isShort`, of this very moment: for who was just refused by the disk, or by what writes to it. */
  async isShortNow(bytes: number): Promise<boolean> {
    this.knownAt = -Infinity;
    return this.isShort(bytes);
  }

  private async measure(): Promise<number> {
    if (!this.config.dataDir) return Infinity;
    const { bsize, blocks, bavail } = await statfs(this.config.dataDir);
    return bsize * (bavail - Math.min(RESERVE_BYTES / bsize, blocks * RESERVE_PART));
  }
}

export const isOutOfSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
