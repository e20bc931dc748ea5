import { createSocket } from 'node:dgram';
import { connect, isIP, isIPv6 } from 'node:net';

export type DnsServerAddress = Readonly<{ host: string; port: number }>;

/** `ip`, `ip:port`, `[ipv6]` or `[ipv6]:port`. */
export const serverAddress = (text: string): DnsServerAddress => {
  if (isIP(text)) return { host: text, port: 53 };
  const [, bracketed, plain, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: Number(port) };
};

/**
 * One question to one server, from a socket of its own and so from a port that nobody can foresee (RFC 5452).
 * Packets that `accept` answers null for are passed over. Rejects with `TIMEOUT` when the time is up.
 */
export const overUdp = async <T>(
  { host, port }: DnsServerAddress,
  query: Buffer,
  accept: (packet: Buffer) => T | null,
  timeoutMs: number,
): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const socket = createSocket(isIPv6(host.replace(/%.*/, '')) ? 'udp6' : 'udp4');
  const timer = setTimeout(() => reject(new TimeUp()), timeoutMs);
  socket.on('error', reject);
  socket.on('message', (packet) => {
    try {
      const accepted = accept(packet);
      if (accepted !== null) resolve(accepted);
    } catch (error) {
      reject(error);
    }
  });
  try {
    socket.connect(port, host, () => socket.send(query));
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
};

/** The same by TCP, for what does not fit into a datagram: 64 KiB at most, by the form of the length. */
export const overTcp = async <T>(
  { host, port }: DnsServerAddress,
  query: Buffer,
  accept: (packet: Buffer) => T | null,
  timeoutMs: number,
): Promise<T> => {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  const socket = connect({ host, port });
  const timer = setTimeout(() => reject(new TimeUp()), timeoutMs);
  const chunks: Buffer[] = [];
  let received = 0;
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('The server hung up')));
  socket.on('connect', () => socket.write(Buffer.concat([length, query])));
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (received < 2) return;
    const message = Buffer.concat(chunks);
    const end = 2 + message.readUInt16BE(0);
    chunks.splice(0, chunks.length, message);
    if (received < end) return;
    try {
      const accepted = accept(message.subarray(2, end));
      if (accepted !== null) resolve(accepted);
      else reject(new Error('An answer to another question'));
    } catch (error) {
      reject(error);
    }
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
};

export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}
