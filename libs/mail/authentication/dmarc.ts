import { evaluateDmarc as evaluate } from 'mailauth/lib/dmarc/index.js';
import type { Resolver } from './resolver.js';
import type { Status } from './results.js';

export type Identities = Readonly<{
  from: readonly Readonly<{ email: string }>[];
  fromFields: number;
  spf: readonly string[];
  dkim: readonly string[];
}>;

export const evaluateDmarc = async (
  { from, fromFields, spf, dkim }: Identities,
  resolver: Resolver,
): Promise<Readonly<{ status: Status; policy: string | null }>> => {
  const { response } = await evaluate({
    headerFrom: from.map(({ email }) => email),
    fromFields,
    spfDomains: spf,
    dkimDomains: dkim,
    resolver,
  } as unknown as Parameters<typeof evaluate>[0]);
  if (response) return { status: response.status, policy: response.policy ?? null };
  return { status: { result: fromFields > 0 ? 'permerror' : 'none' }, policy: null };
};
