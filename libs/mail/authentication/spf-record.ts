import { isIPv4, isIPv6 } from 'node:net';
import { parseIp, type IpAddress } from './ip-address.js';
import { remembered } from './remembered.js';
import { parseDomainSpec, parseMacroString, type MacroString } from './spf-macro.js';

export type Qualifier = 'pass' | 'fail' | 'softfail' | 'neutral';

/** `target`: null for the domain itself. `bits`: of the prefix in IPv4 and in IPv6. */
export type Mechanism =
  | Readonly<{ kind: 'all' }>
  | Readonly<{ kind: 'include'; target: MacroString }>
  | Readonly<{ kind: 'exists'; target: MacroString }>
  | Readonly<{ kind: 'a' | 'mx'; target: MacroString | null; bits: readonly [number, number] }>
  | Readonly<{ kind: 'ptr'; target: MacroString | null }>
  | Readonly<{ kind: 'ip'; network: IpAddress; bits: number }>;

export type Directive = Readonly<{ qualifier: Qualifier; mechanism: Mechanism }>;
export type SpfRecord = Readonly<{ directives: readonly Directive[]; redirect: MacroString | null }>;

const QUALIFIERS: Readonly<Record<string, Qualifier>> = {
  '': 'pass',
  '+': 'pass',
  '-': 'fail',
  '~': 'softfail',
};
const MODIFIER = /^([a-z][a-z0-9_.-]*)=(.*)$/i;
const DIRECTIVE = /^([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?$/i;
const DUAL_CIDR = /^(?::(.+?))?(?:\/(0|[1-9]\d?))?(?:\/\/(0|[1-9]\d{0,2}))?$/;
const CIDR = /^:([0-9a-f:.]+)(?:\/(0|[1-9]\d{0,2}))?$/i;

export const isSpfRecord = (text: string): boolean => /^v=spf1(?: |$)/i.test(text);

/** RFC 7208 section 4.6; null where anything in it is wrong. */
export const parseSpfRecord = remembered((text: string): SpfRecord | null => {
  if (/[^\x20-\x7e]/.test(text)) return null;
  const directives: Directive[] = [];
  const modifiers = new Map<string, MacroString>();
  for (const term of text.split(' ').slice(1).filter(Boolean)) {
    const [, name, value = ''] = MODIFIER.exec(term) ?? [];
    if (name === undefined) {
      const [, sign = '', kind = '', rest = ''] = DIRECTIVE.exec(term) ?? [];
      const mechanism = mechanismOf(kind.toLowerCase(), rest);
      if (!mechanism) return null;
      directives.push({ qualifier: QUALIFIERS[sign] ?? 'neutral', mechanism });
      continue;
    }
    const isKnown = /^(?:redirect|exp)$/i.test(name);
    const parsed = isKnown ? parseDomainSpec(value) : parseMacroString(value);
    if (!parsed || (isKnown && modifiers.has(name.toLowerCase()))) return null;
    modifiers.set(name.toLowerCase(), parsed);
  }
  return { directives, redirect: modifiers.get('redirect') ?? null };
});

const mechanismOf = (kind: string, rest: string): Mechanism | null => {
  if (kind === 'all') return rest === '' ? { kind } : null;
  if (kind === 'include' || kind === 'exists') {
    const target = rest.startsWith(':') ? parseDomainSpec(rest.slice(1)) : null;
    return target && { kind, target };
  }
  if (kind === 'a' || kind === 'mx') return hosts(kind, rest);
  if (kind === 'ip4' || kind === 'ip6') return network(kind, rest);
  if (kind !== 'ptr') return null;
  if (rest === '') return { kind, target: null };
  const target = rest.startsWith(':') ? parseDomainSpec(rest.slice(1)) : null;
  return target && { kind, target };
};

const hosts = (kind: 'a' | 'mx', rest: string): Mechanism | null => {
  const [found, spec, bits4 = '32', bits6 = '128'] = DUAL_CIDR.exec(rest) ?? [];
  const target = spec === undefined ? null : parseDomainSpec(spec);
  const bits = [Number(bits4), Number(bits6)] as const;
  if (found === undefined || (spec !== undefined && !target) || bits[0] > 32 || bits[1] > 128) return null;
  return { kind, target, bits };
};

const network = (kind: 'ip4' | 'ip6', rest: string): Mechanism | null => {
  const most = kind === 'ip4' ? 32 : 128;
  const [, address = '', written = String(most)] = CIDR.exec(rest) ?? [];
  const bits = Number(written);
  if (bits > most || !(kind === 'ip4' ? isIPv4(address) : isIPv6(address))) return null;
  const bytes = parseIp(address);
  // What is IPv4 in IPv6 matches nobody: such clients are IPv4.
  return bytes && { kind: 'ip', network: bytes.length * 8 === most ? bytes : [], bits };
};
