import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  randomUUID,
  type Cipheriv,
} from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { bufferOf } from '#mail/bytes';
import { joined } from '#platform/threads/own-memory';

/** Where spooled content can be read, by another thread too. */
export type SpoolSource = Uint8Array | Readonly<{ path: string; key: Uint8Array; iv: Uint8Array }>;

/** Content that is complete but not yet where it belongs. `sha256`: hex. It can be read as often as one likes. */
export interface Spooled {
  readonly size: number;
  readonly sha256: string;
  readonly source: SpoolSource;
  read(): AsyncIterable<Buffer>;
  discard(): Promise<void>;
}

/** Bytes that one content, and all of them together, may hold in memory. */
const SMALL = 256 * 1024;
const ALL_SMALL = 64 * 1024 * 1024;
const ALGORITHM = 'aes-256-ctr';

/**
 * Content on its way, whose hash or name must be known before it is stored. Small content stays in memory; large
 * content, or any once there is much of it, waits in a file that nobody can read without a key that is never
 * written down. Without a folder all of it stays in memory.
 */
export class Spool {
  private held = 0;

  constructor(private readonly folder: string | null) {}

  /** Takes in all of it. Content that fails leaves nothing. */
  async take(content: AsyncIterable<Buffer>): Promise<Spooled> {
    const hash = createHash('sha256');
    const chunks: Buffer[] = [];
    let [size, inMemory] = [0, 0];
    let file = null as SpoolFile | null;
    try {
      for await (const chunk of content) {
        hash.update(chunk);
        size += chunk.length;
        if (!file && this.folder && (size > SMALL || this.held + chunk.length > ALL_SMALL)) {
          file = await SpoolFile.create(this.folder);
          for (const earlier of chunks.splice(0)) await file.write(earlier);
          this.held -= inMemory;
          inMemory = 0;
        }
        if (file) await file.write(chunk);
        else {
          add(chunks, chunk);
          this.held += chunk.length;
          inMemory += chunk.length;
        }
      }
      await file?.finish();
    } catch (error) {
      this.held -= inMemory;
      await file?.remove();
      throw error;
    }
    const source = file?.source ?? joined(chunks);
    return {
      size,
      sha256: hash.digest('hex'),
      source,
      read: () => readSpooled(source),
      discard: async () => {
        this.held -= inMemory;
        inMemory = 0;
        await file?.remove();
      },
    };
  }
}

class SpoolFile {
  private readonly cipher: Cipheriv;

  private constructor(
    readonly source: Exclude<SpoolSource, Uint8Array>,
    private readonly handle: FileHandle,
  ) {
    this.cipher = createCipheriv(ALGORITHM, source.key, source.iv);
  }

  static async create(folder: string): Promise<SpoolFile> {
    const path = join(folder, randomUUID());
    const handle = await open(path, 'wx', 0o600);
    return new SpoolFile({ path, key: randomBytes(32), iv: randomBytes(16) }, handle);
  }

  async write(bytes: Buffer): Promise<void> {
    await this.handle.appendFile(this.cipher.update(bytes));
  }

  async finish(): Promise<void> {
    await this.handle.close();
  }

  async remove(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await unlink(this.source.path).catch(() => undefined);
  }
}

/** Merges what came in many small pieces: each piece would cost more than what it holds. */
const add = (chunks: Buffer[], chunk: Buffer): void => {
  let last = chunk;
  while (last.length < SMALL && (chunks.at(-1)?.length ?? Infinity) <= last.length)
    last = Buffer.concat([chunks.pop() ?? last, last]);
  chunks.push(last);
};

export async function* readSpooled(source: SpoolSource): AsyncGenerator<Buffer, void> {
  if (source instanceof Uint8Array) {
    if (source.length > 0) yield bufferOf(source);
    return;
  }
  const decipher = createDecipheriv(ALGORITHM, source.key, source.iv);
  for await (const chunk of createReadStream(source.path)) yield decipher.update(chunk as Buffer);
}

/** The first bytes of some content, or all of it. */
export const headOf = async (content: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= bytes) break;
  }
  return (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).subarray(0, bytes);
};
