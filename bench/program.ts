import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '#testing/program';

type Json = Readonly<Record<string, unknown>>;

export type Owned = Readonly<{
  program: Program;
  /** As its owner; throws at what is refused. */
  call(method: string, path: string, body?: object): Promise<Json>;
  /** The session of its owner. */
  owner: string;
  stop(): Promise<void>;
}>;

/** The real program in a folder of its own, signed in as its owner. */
export const started = async (env: Readonly<Record<string, string>> = {}): Promise<Owned> => {
  const folder = await mkdtemp(join(tmpdir(), 'gent-bench-'));
  const program = await Program.start(folder, { GENT_LOG_LEVEL: 'error', ...env });
  const owner = await program.signIn();
  return {
    program,
    owner,
    call: (method, path, body) => program.must(owner, method, path, body),
    stop: async () => {
      await program.stop();
      await rm(folder, { recursive: true });
    },
  };
};

/** A verified domain under `.test`, and its inboxes; answers their ids. */
export const openInboxes = async ({ call }: Owned, domain: string, count: number): Promise<string[]> => {
  await call('POST', '/v1/domains/', { domain });
  await call('POST', `/v1/domains/${domain}/verify/`);
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1)
    ids.push(String((await call('POST', '/v1/inboxes/', { address: `agent${at}@${domain}` }))['inbox_id']));
  return ids;
};
