import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Config } from '#platform/config/config';
import { Spool } from './spool.js';

/** What a process before this one left there nobody can read any more. */
const emptyFolder = (dataDir: string): string | null => {
  if (!dataDir) return null;
  const folder = join(dataDir, 'spool');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
};

@Module({
  providers: [
    {
      provide: Spool,
      inject: [Config],
      useFactory: ({ dataDir }: Config) => new Spool(emptyFolder(dataDir)),
    },
  ],
  exports: [Spool],
})
export class SpoolModule {}
