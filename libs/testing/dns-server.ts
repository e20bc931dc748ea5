import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import * as packets from 'dns-packet';
import type { DnsRecords, MxRecord, TlsaRecord } from '#platform/dns/dns';

/** What stands at a name. A TXT record may be given in the strings that it is cut into. */
export type ZoneRecords = Readonly<{
  A?: readonly string[];
  AAAA?: readonly string[];
  MX?: readonly MxRecord[];
  TXT?: readonly (string | readonly string[])[];
  CNAME?: string;
  PTR?: readonly string[];
  TLSA?: readonly TlsaRecord[];
}>;

/**
 * What a server may do to a name instead of answering: keep silent, fail, answer by TCP alone, answer more than
 * 64 KiB hold, lie before it says the truth, send a name that points at itself, or anything but an answer.
 */
export type DnsFaultKind =
  | 'silence'
  | 'servfail'
  | 'refused'
  | 'truncation'
  | 'silence-by-tcp'
  | 'huge'
  | 'lie'
  | 'pointer-loop'
  | 'garbage';

type Reply = Buffer | null;

/** A recursive resolver of its own little world, by UDP and TCP on 127.0.0.1; specs change the world as they go. */
export class DnsServer {
  /** By lower-case name. */
  readonly zone: Record<string, ZoneRecords> = {};
  readonly faults: Record<string, DnsFaultKind> = {};
  /** Each question as `TYPE name`, in the order in which they came. */
  readonly questions: string[] = [];
  ttl = 60;
  negativeTtl = 30;
  /** Whether it vouches for what it answers (AD). */
  authenticated = false;
  private readonly sockets = new Set<Socket>();
  private readonly udp = createSocket('udp4', (packet, peer) => this.overUdp(packet, peer));
  private readonly tcp = createServer((socket) => this.overTcp(socket));

  static async start(zone: Readonly<Record<string, ZoneRecords>> = {}): Promise<DnsServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new DnsServer();
      Object.assign(server.zone, zone);
      try {
        await server.listen();
        return server;
      } catch (error) {
        await server.stop();
        if (attempt === 10) throw error;
      }
    }
  }

  /** As in `Config.dnsServers`. */
  get address(): string {
    return `127.0.0.1:${this.udp.address().port}`;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.udp.close(() => resolve()));
    await new Promise<void>((resolve) => this.tcp.close(() => resolve()));
  }

  /** One port for both: another process may hold the one that UDP was given. */
  private async listen() {
    this.udp.bind(0, '127.0.0.1');
    await once(this.udp, 'listening');
    this.tcp.listen(this.udp.address().port, '127.0.0.1');
    await once(this.tcp, 'listening');
    if ((this.tcp.address() as AddressInfo).port !== this.udp.address().port) throw new Error('Two ports');
  }

  private overUdp(packet: Buffer, peer: RemoteInfo) {
    for (const reply of this.replies(packet, 'udp')) if (reply) this.udp.send(reply, peer.port, peer.address);
  }

  private overTcp(socket: Socket) {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, Buffer.from(chunk)]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const [reply] = this.replies(received.subarray(2, 2 + received.readUInt16BE(0)), 'tcp').slice(-1);
      received = Buffer.alloc(0);
      if (!reply) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    });
  }

  private replies(packet: Buffer, by: 'udp' | 'tcp'): readonly Reply[] {
    const query = packets.decode(packet);
    const question = query.questions?.[0];
    if (!question) return [];
    const name = question.name.toLowerCase();
    this.questions.push(`${question.type} ${name}`);
    const answer = this.answer(query, name, question.type);
    const encoded = packets.encode(answer);
    switch (this.faults[name]) {
      case 'silence':
        return [];
      case 'servfail':
        return [this.refusal(answer, 2)];
      case 'refused':
        return [this.refusal(answer, 5)];
      case 'truncation':
        return [by === 'udp' ? this.cut(answer) : encoded];
      case 'silence-by-tcp':
        return [by === 'udp' ? this.cut(answer) : null];
      case 'huge':
        return [by === 'udp' ? this.cut(answer) : packets.encode(huge(answer, question))];
      case 'lie':
        return [...lies(answer, question), encoded];
      case 'pointer-loop':
        return [pointingAtItself(answer)];
      case 'garbage':
        return [Buffer.concat([encoded.subarray(0, encoded.length - 5), Buffer.alloc(5, 0xff)])];
      default:
        return [by === 'udp' && encoded.length > 1_232 ? this.cut(answer) : encoded];
    }
  }

  /** With the whole chain of aliases, as far as its world reaches. */
  private answer(query: packets.Packet, name: string, type: string): packets.Packet {
    const answers: packets.Answer[] = [];
    let current = name;
    for (
      let alias = this.zone[current]?.CNAME;
      alias && type !== 'CNAME';
      alias = this.zone[current]?.CNAME
    ) {
      answers.push({ type: 'CNAME', name: current, ttl: this.ttl, data: alias });
      current = alias;
      if (answers.length > 20) break;
    }
    const found = recordsOf(this.zone[current], type, current, this.ttl);
    const exists = Object.keys(this.zone).some((each) => each === current || each.endsWith(`.${current}`));
    const flags = packets.RECURSION_DESIRED | packets.RECURSION_AVAILABLE | (exists ? 0 : 3);
    return {
      type: 'response',
      id: query.id ?? 0,
      flags: flags | (this.authenticated ? packets.AUTHENTIC_DATA : 0),
      questions: query.questions ?? [],
      answers: [...answers, ...found],
      authorities: found.length > 0 ? [] : [soa(this.negativeTtl)],
    };
  }

  private refusal({ authorities: _, answers: __, ...answer }: packets.Packet, rcode: number): Buffer {
    return packets.encode({ ...answer, flags: packets.RECURSION_DESIRED | rcode });
  }

  private cut({ authorities: _, answers: __, ...answer }: packets.Packet): Buffer {
    return packets.encode({ ...answer, flags: (answer.flags ?? 0) | packets.TRUNCATED_RESPONSE });
  }
}

const recordsOf = (
  records: ZoneRecords | undefined,
  type: string,
  name: string,
  ttl: number,
): packets.Answer[] => {
  const values = [records?.[type as keyof DnsRecords] ?? []].flat() as unknown[];
  return values.map((value) => ({ type, name, ttl, data: dataOf(type, value) }) as packets.Answer);
};

const dataOf = (type: string, value: unknown): unknown => {
  if (type !== 'MX') return value;
  const { priority, exchange } = value as MxRecord;
  return { preference: priority, exchange };
};

const soa = (minimum: number): packets.Answer => ({
  type: 'SOA',
  name: 'example',
  ttl: 3_600,
  data: { mname: 'ns.example', rname: 'root.example', minimum },
});

/** As many records as 64 KiB hold. */
const huge = (answer: packets.Packet, { name, type }: packets.Question): packets.Packet => {
  const data =
    type === 'MX' ? { preference: 10, exchange: name } : type === 'TXT' ? 'x'.repeat(40) : '192.0.2.1';
  const each = { type, name, ttl: 60, data } as packets.Answer;
  const most = Math.floor(60_000 / packets.encodingLength({ answers: [each] }));
  return { ...answer, authorities: [], answers: Array.from({ length: most }, () => each) };
};

/** What somebody sends who guesses: another id, another name. */
const lies = (answer: packets.Packet, question: packets.Question): Buffer[] => {
  const forged: packets.Answer[] = [{ type: 'A', name: question.name, ttl: 60, data: '203.0.113.66' }];
  const id = answer.id ?? 0;
  return [
    packets.encode({ ...answer, id: (id + 1) & 0xffff, answers: forged }),
    packets.encode({ ...answer, questions: [{ ...question, name: 'elsewhere.example' }], answers: forged }),
    Buffer.from([id >> 8, id & 0xff]),
  ];
};

const pointingAtItself = ({ authorities: _, answers: __, ...answer }: packets.Packet): Buffer => {
  const head = packets.encode(answer);
  head.writeUInt16BE(1, 6);
  const pointer = Buffer.alloc(2);
  pointer.writeUInt16BE(0xc000 | head.length);
  return Buffer.concat([head, pointer, Buffer.from([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])]);
};
