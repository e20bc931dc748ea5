import { canonicalField } from './canonical.js';
import { dkimKeyOf, type SignatureType } from './dkim-key.js';
import type { DkimHeader } from './dkim-message.js';
import {
  keyNameOf,
  parseArcSignature,
  withoutValue,
  type Refused,
  type Signature,
} from './dkim-signature.js';
import { isSignedBy, verifySignature, type Bodies, type FindKeyRecord } from './dkim.js';
import { parseTagList, withoutSpace } from './tag-list.js';

/** In the words of RFC 8601 and RFC 8617 section 4.4; `temperror` where DNS does not answer. */
export type ArcResult = 'none' | 'pass' | 'fail' | 'temperror';

/** What one who passed the message on added to it (RFC 8617 section 4.2): fields as they stand there. */
type ArcSet = Readonly<{ results: string; signature: string; seal: string }>;

/** The sets in their order, and the newest signature of the message; `broken` where they are no chain. */
export type Chain = Readonly<{ sets: readonly ArcSet[]; newest: Signature }> | 'none' | 'broken';

const MOST_SETS = 50;
const KINDS: ReadonlyMap<string, keyof ArcSet> = new Map([
  ['arc-authentication-results', 'results'],
  ['arc-message-signature', 'signature'],
  ['arc-seal', 'seal'],
]);
const COMMENT = '(?:[ \\t\\r\\n]|\\([^()\\\\]*\\))*';
const RESULTS_INSTANCE = new RegExp(`^[^:]*:${COMMENT}i${COMMENT}=${COMMENT}(\\d{1,2})${COMMENT};`);
const INSTANCE = /^\d{1,2}$/;
const ALGORITHM = /^(rsa|ed25519)-sha256$/;

/** RFC 8617 section 5.2, steps 1 to 3: whether there is a chain that can be judged. */
export const chainIn = ({ fields }: DkimHeader): Chain => {
  const sets = new Map<number, Partial<Record<keyof ArcSet, string>>>();
  let found = false;
  for (const { name, raw } of fields) {
    const kind = KINDS.get(name);
    if (!kind) continue;
    found = true;
    const instance = instanceOf(kind, raw);
    const set = sets.get(instance) ?? {};
    if (instance < 1 || instance > MOST_SETS || set[kind] !== undefined) return 'broken';
    sets.set(instance, { ...set, [kind]: raw });
  }
  if (!found) return 'none';
  const ordered: ArcSet[] = [];
  for (let instance = 1; instance <= sets.size; instance += 1) {
    const { results, signature, seal } = sets.get(instance) ?? {};
    if (!results || !signature || !seal || !continues(seal, instance)) return 'broken';
    ordered.push({ results, signature, seal });
  }
  const newest = parseArcSignature(ordered.at(-1)?.signature ?? '');
  return isUsable(newest) ? { sets: ordered, newest } : 'broken';
};

/** Steps 4 to 6: the newest signature of the message, then every seal, the newest first. `now`: Unix time in seconds. */
export const verifyChain = async (
  chain: Chain,
  header: DkimHeader,
  bodies: Bodies,
  findRecord: FindKeyRecord,
  now: number,
): Promise<ArcResult> => {
  if (chain === 'none') return 'none';
  if (chain === 'broken') return 'fail';
  const { result } = await verifySignature(chain.newest, header, bodies, findRecord, now);
  if (result === 'temperror') return result;
  if (result !== 'pass') return 'fail';
  for (let count = chain.sets.length; count > 0; count -= 1) {
    const sealed = await verifySeal(chain.sets.slice(0, count), findRecord);
    if (sealed !== 'pass') return sealed;
  }
  return 'pass';
};

const instanceOf = (kind: keyof ArcSet, raw: string): number => {
  const told =
    kind === 'results'
      ? (RESULTS_INSTANCE.exec(raw)?.[1] ?? '')
      : (parseTagList(valueOf(raw))?.get('i') ?? '');
  return INSTANCE.test(told) ? Number(told) : 0;
};

/** What a seal says of the chain before it: nothing for the first, that it is whole for every other. */
const continues = (seal: string, instance: number): boolean =>
  parseTagList(valueOf(seal))?.get('cv')?.toLowerCase() === (instance === 1 ? 'none' : 'pass');

/** RFC 8617 section 4.1.2: a seal comes after the signature, so it cannot be part of what that signs. */
const isUsable = (signature: Signature | Refused): signature is Signature =>
  !('refused' in signature) && !signature.signedFields.includes('arc-seal');

/** RFC 8617 section 5.1.1: the last of these seals signs all sets up to its own. */
const verifySeal = async (sets: readonly ArcSet[], findRecord: FindKeyRecord): Promise<ArcResult> => {
  const seal = sets.at(-1)?.seal ?? '';
  const tags = parseTagList(valueOf(seal));
  const type = ALGORITHM.exec((tags?.get('a') ?? '').toLowerCase())?.[1] as SignatureType | undefined;
  const keyName = tags && keyNameOf(tags);
  if (!keyName || !type || tags.has('h')) return 'fail';
  const record = await findRecord(keyName).catch(() => undefined);
  if (record === undefined) return 'temperror';
  const key = record === null ? 'unusable' : dkimKeyOf(record);
  if (typeof key === 'string' || key.type !== type) return 'fail';
  const colon = seal.indexOf(':') + 1;
  const own = seal.slice(0, colon) + withoutValue(seal.slice(colon));
  const lines = sets.flatMap((set, at) => [
    set.results,
    set.signature,
    at === sets.length - 1 ? own : set.seal,
  ]);
  const data = Buffer.from(lines.map((raw) => canonicalField(raw, 'relaxed')).join('\r\n'), 'latin1');
  const value = Buffer.from(withoutSpace(tags.get('b') ?? ''), 'base64');
  return isSignedBy({ type, value }, data, key) ? 'pass' : 'fail';
};

const valueOf = (raw: string): string => raw.slice(raw.indexOf(':') + 1);
