import { isIP } from 'node:net';
import { aLabels } from '../address/ascii.js';
import { isWithin, labelsOf, parseIp, reverseName, type IpAddress } from './ip-address.js';
import { recordsAt, textOf, type Resolver } from './resolver.js';
import type { Status } from './results.js';
import { expandName, isName, uses, type MacroString } from './spf-macro.js';
import { isSpfRecord, parseSpfRecord, type Mechanism, type Qualifier } from './spf-record.js';

/** What SPF goes by, and who we are. `mailFrom`: empty for the null sender. */
export type Envelope = Readonly<{
  remoteIp: string;
  helo: string;
  mailFrom: string;
  hostname: string;
}>;

export type SpfResult = Qualifier | 'none' | 'permerror' | 'temperror';

/** RFC 7208 section 4.6.4. */
const MOST_LOOK_UPS = 10;
const MOST_VOID = 2;
const MOST_HOSTS = 10;

/**
 * Whether the client may send for the domain of the sender, or of its greeting where there is no sender
 * (RFC 7208). `domain`: in A-labels.
 */
export const checkSpf = async (
  { remoteIp, helo, mailFrom }: Envelope,
  resolver: Resolver,
): Promise<Readonly<{ result: SpfResult; domain: string; status: Status }>> => {
  const name = isIP(helo) ? `[${helo}]` : helo || `[${remoteIp}]`;
  const given = mailFrom || `postmaster@${name}`;
  const sender = given.includes('@') ? given.replace(/^@/, 'postmaster@') : `postmaster@${given}`;
  const at = sender.lastIndexOf('@');
  const domain = aLabels(
    sender
      .slice(at + 1)
      .trim()
      .toLowerCase(),
  );
  const address = parseIp(remoteIp.trim());
  const result = address
    ? await new Check({ address, local: sender.slice(0, at), domain, helo: name }, resolver).of(domain)
    : 'temperror';
  return { result, domain, status: { result, smtp: { mailfrom: sender, helo: name } } };
};

type Client = Readonly<{ address: IpAddress; local: string; domain: string; helo: string }>;

/** Ends the whole check. */
class Ended extends Error {
  constructor(readonly result: 'permerror' | 'temperror') {
    super(result);
  }
}

/** One check, with what it may still ask. */
class Check {
  private lookUps = 0;
  private voids = 0;
  private readonly isIpv6: boolean;

  constructor(
    private readonly client: Client,
    private readonly resolver: Resolver,
  ) {
    this.isIpv6 = client.address.length === 16;
  }

  async of(domain: string): Promise<SpfResult> {
    try {
      return isName(domain) ? await this.host(domain, await this.records(domain, 'TXT')) : 'none';
    } catch (error) {
      return error instanceof Ended ? error.result : 'temperror';
    }
  }

  /** check_host() of RFC 7208 section 4. */
  private async host(domain: string, answer: readonly unknown[]): Promise<Qualifier | 'none'> {
    const [text, ...others] = answer.map(textOf).filter(isSpfRecord);
    if (text === undefined) return 'none';
    const record = others.length > 0 ? null : parseSpfRecord(text);
    if (!record) throw new Ended('permerror');
    for (const { qualifier, mechanism } of record.directives)
      if (await this.matches(mechanism, domain)) return qualifier;
    return record.redirect ? this.other(record.redirect, domain) : 'neutral';
  }

  private async matches(mechanism: Mechanism, domain: string): Promise<boolean> {
    const { address } = this.client;
    if (mechanism.kind === 'all') return true;
    if (mechanism.kind === 'ip') return isWithin(address, mechanism.network, mechanism.bits);
    if (mechanism.target && !this.canExpand(mechanism.target)) return false;
    if (mechanism.kind === 'include') return (await this.other(mechanism.target, domain)) === 'pass';
    const name = mechanism.target ? await this.expand(mechanism.target, domain) : domain;
    if (name === null) return false;
    if (mechanism.kind === 'exists') return (await this.counted(name, 'A')).length > 0;
    if (mechanism.kind === 'ptr')
      return (await this.validNames()).some((valid) => isSameOrBelow(valid, name));
    const bits = mechanism.bits[this.isIpv6 ? 1 : 0];
    if (mechanism.kind === 'a')
      return this.isAmong(await this.counted(name, this.isIpv6 ? 'AAAA' : 'A'), bits);
    return this.isMailHost(name, bits);
  }

  /** Of an include or a redirect; what has no policy was none to point to. */
  private async other(target: MacroString, domain: string): Promise<Qualifier> {
    const name = this.canExpand(target) ? await this.expand(target, domain) : null;
    const found = name === null ? 'none' : await this.host(name, await this.counted(name, 'TXT'));
    if (found === 'none') throw new Ended('permerror');
    return found;
  }

  private async isMailHost(name: string, bits: number): Promise<boolean> {
    const hosts = (await this.counted(name, 'MX')) as Readonly<{ exchange: string; priority: number }>[];
    const inOrder = hosts.toSorted((a, b) => a.priority - b.priority);
    for (const [at, { exchange }] of inOrder.entries()) {
      if (at >= MOST_HOSTS) throw new Ended('permerror');
      const host = exchange.replace(/\.$/, '');
      if (host && this.isAmong(await this.records(host, this.isIpv6 ? 'AAAA' : 'A'), bits)) return true;
    }
    return false;
  }

  private isAmong(addresses: readonly unknown[], bits: number): boolean {
    return addresses.some((text) => {
      const found = parseIp(String(text));
      return found !== null && isWithin(this.client.address, found, bits);
    });
  }

  /** The names of the client that lead back to it (RFC 7208 section 5.5); none where that cannot be found out. */
  private async validNames(): Promise<readonly string[]> {
    const { address } = this.client;
    const names = await this.counted(reverseName(address), 'PTR').catch((error: unknown) => {
      if (error instanceof Ended && error.result === 'permerror') throw error;
      return [];
    });
    const bits = address.length * 8;
    const valid = await Promise.all(
      names.slice(0, MOST_HOSTS).map(async (name) => {
        const host = String(name).toLowerCase().replace(/\.$/, '');
        const found = await this.records(host, this.isIpv6 ? 'AAAA' : 'A').catch(() => []);
        return this.isAmong(found, bits) ? [host] : [];
      }),
    );
    return valid.flat();
  }

  /** RFC 8616 section 4: a local part that is not ASCII can stand in no name. */
  private canExpand(text: MacroString): boolean {
    return !uses(text, 'sl') || /^[\x00-\x7f]*$/.test(this.client.local);
  }

  private async expand(text: MacroString, domain: string): Promise<string | null> {
    if (text.every((piece) => typeof piece === 'string')) return expandName(text, {});
    const { local, domain: o, helo: h, address } = this.client;
    const [s, d, i] = [`${local}@${o}`, domain, labelsOf(address).join('.')];
    const v = this.isIpv6 ? 'ip6' : 'in-addr';
    const p = uses(text, 'p') ? nameFor(domain, await this.validNames()) : '';
    return expandName(text, { s, l: local, o, d, i, v, h, p });
  }

  /** For a term of a record: there may be only so many of them, and few that lead nowhere. */
  private async counted(name: string, type: string): Promise<readonly unknown[]> {
    this.lookUps += 1;
    if (this.lookUps > MOST_LOOK_UPS) throw new Ended('permerror');
    const found = await this.records(name, type);
    if (found.length === 0) this.voids += 1;
    if (this.voids > MOST_VOID) throw new Ended('permerror');
    return found;
  }

  private async records(name: string, type: string): Promise<readonly unknown[]> {
    return recordsAt(this.resolver, name, type).catch(() => {
      throw new Ended('temperror');
    });
  }
}

const isSameOrBelow = (name: string, domain: string): boolean => {
  const wanted = domain.toLowerCase();
  return name === wanted || name.endsWith(`.${wanted}`);
};

/** RFC 7208 section 7.3, `p`. */
const nameFor = (domain: string, names: readonly string[]): string =>
  names.find((name) => name === domain) ??
  names.find((name) => name.endsWith(`.${domain}`)) ??
  names[0] ??
  'unknown';
