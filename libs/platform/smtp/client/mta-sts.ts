import { reasonOf } from '#kernel/errors';
import type { Dns } from '#platform/dns/dns';
import type { Egress } from '#platform/egress/egress';
import type { StsMemory } from './sts-memory.js';

/** RFC 8461 section 3.2. */
export type StsPolicy = Readonly<{
  mode: 'enforce' | 'testing' | 'none';
  mx: readonly string[];
  maxAge: number;
}>;

const BOUNDS = { timeoutMs: 10_000, maxBytes: 64 * 1_024 };
/** RFC 8461 section 3.3: where strangers may put pages and pictures on a site, none of these is its policy. */
const PLAIN_TEXT = /^text\/plain\s*(?:;|$)/i;
const LONGEST_SECONDS = 31_557_600;

/** What a domain publishes about TLS on the way to it, fetched once for each id and kept as long as it says. */
export class StsPolicies {
  /** `now`: Unix ms. */
  constructor(
    private readonly dns: Dns,
    private readonly egress: Egress,
    private readonly memory: StsMemory,
    private readonly now: () => number,
    private readonly warn: (text: string) => void,
    private readonly port = 443,
  ) {}

  /** Null: none is published, or none can be had and none is known; RFC 8461 section 5.1. */
  async of(domain: string): Promise<StsPolicy | null> {
    const current = this.memory.get(domain, this.now());
    const id = await this.idOf(domain);
    if (id === null || id === current?.id) return current?.policy ?? null;
    try {
      const url = new URL(`https://mta-sts.${domain}:${this.port}/.well-known/mta-sts.txt`);
      const { status, contentType, body } = await this.egress.get(url, BOUNDS);
      const isPolicy = status === 200 && PLAIN_TEXT.test(contentType);
      const policy = isPolicy ? parsePolicy(body.toString('utf8')) : null;
      if (!policy) return current?.policy ?? null;
      const now = this.now();
      this.memory.set(domain, { id, policy, until: now + policy.maxAge * 1_000 }, now);
      return policy;
    } catch (error) {
      this.warn(`No MTA-STS policy for now: ${reasonOf(error)}`);
      return current?.policy ?? null;
    }
  }

  private async idOf(domain: string): Promise<string | null> {
    try {
      const { records } = await this.dns.resolve(`_mta-sts.${domain}`, 'TXT');
      const published = records.filter((text) => /^v=STSv1\s*;/.test(text));
      // More than one is as good as none.
      return published.length === 1
        ? (/;\s*id=([A-Za-z0-9]{1,32})\s*(?:;|$)/.exec(published[0] ?? '')?.[1] ?? null)
        : null;
    } catch {
      return null;
    }
  }
}

export const parsePolicy = (text: string): StsPolicy | null => {
  const fields = text
    .split(/\r?\n/)
    .map((line) => /^([A-Za-z0-9_.-]{1,32}):\s*(\S.*|)$/.exec(line.trimEnd()))
    .flatMap((match) => (match ? [{ name: match[1] ?? '', value: match[2] ?? '' }] : []));
  const first = (name: string) => fields.find((field) => field.name === name)?.value;
  const mode = (['enforce', 'testing', 'none'] as const).find((each) => each === first('mode'));
  const maxAge = Number(first('max_age'));
  const mx = fields.filter(({ name }) => name === 'mx').map(({ value }) => value.toLowerCase());
  const isWhole = first('version') === 'STSv1' && mode && Number.isInteger(maxAge) && maxAge >= 0;
  if (!isWhole || (mode !== 'none' && mx.length === 0)) return null;
  return { mode, mx, maxAge: Math.min(maxAge, LONGEST_SECONDS) };
};

/** RFC 8461 section 4.1: an asterisk stands for exactly one label. */
export const isListed = ({ mx }: StsPolicy, host: string): boolean =>
  mx.some((pattern) =>
    pattern.startsWith('*.') ? host.slice(host.indexOf('.')) === pattern.slice(1) : host === pattern,
  );
