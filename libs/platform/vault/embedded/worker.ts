import { workerData } from 'node:worker_threads';
import { openForWriting, serve } from '#platform/sqlite/committer';
import type { Faults } from '#platform/sqlite/faults';
import { keeper } from './keeper.js';
import { SCHEMA } from './schema.js';

const { path, faults } = workerData as Readonly<{ path: string; faults: Faults | undefined }>;
const db = openForWriting(path, SCHEMA);
serve(db, keeper(db), faults);
