/** What every stream may refer to before it said anything (MS-OXRTFCP 2.1.2.1). */
const KNOWN =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor ' +
  'MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20' +
  '\\b\\i\\u\\tab\\tx';
const RING = 4096;
const HEADER_LENGTH = 16;
const [COMPRESSED, STORED] = [0x75465a4c, 0x414c454d];

/**
 * The RTF in a compressed stream (MS-OXRTFCP), one character a byte; of a damaged one what stands in front of the
 * damage, and never more than `most`. Null for what is none.
 */
export const readCompressedRtf = (bytes: Buffer, most: number): string | null => {
  if (bytes.length < HEADER_LENGTH) return null;
  const [size, type] = [Math.min(bytes.readUInt32LE(4), most), bytes.readUInt32LE(8)];
  if (type === STORED) return bytes.toString('latin1', HEADER_LENGTH, HEADER_LENGTH + size);
  return type === COMPRESSED ? decompressed(bytes, size) : null;
};

/** Eight tokens follow each control byte, its lowest bit first: a byte, or a reference into the ring. */
const decompressed = (bytes: Buffer, size: number): string => {
  const ring = Buffer.alloc(RING, 32);
  const out = Buffer.alloc(size);
  let [at, write, length] = [HEADER_LENGTH, ring.write(KNOWN, 'latin1'), 0];
  const put = (byte: number) => {
    if (length < size) out[length++] = byte;
    ring[write] = byte;
    write = (write + 1) % RING;
  };
  while (at < bytes.length && length < size) {
    let control = bytes[at++]!;
    for (let token = 0; token < 8 && at < bytes.length; token++, control >>= 1) {
      if ((control & 1) === 0) {
        put(bytes[at++]!);
        continue;
      }
      const reference = (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
      at += 2;
      const from = reference >> 4;
      if (from === write) return out.toString('latin1', 0, length);
      for (let step = 0; step < (reference & 15) + 2; step++) put(ring[(from + step) % RING]!);
    }
  }
  return out.toString('latin1', 0, length);
};
