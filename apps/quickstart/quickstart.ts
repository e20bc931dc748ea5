import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { createTransport } from 'nodemailer';
import { readConfig } from '#apps/environment';
import type { Config } from '#platform/config/config';
import { askServer } from '#platform/ops/socket';
import { at } from '#platform/process/listeners';
import { Refusal, refusalOf } from '#platform/process/refusal';
import { Caller, Unexpected } from './caller.js';

type Row = Readonly<Record<string, string>>;

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** The main job, call by call, against a running program; the exit status. */
export const quickstart = async (): Promise<number> => {
  try {
    const config = readConfig();
    if (!config.sandbox)
      throw new Unexpected('The quickstart needs a sandbox: start Gent with GENT_SANDBOX=true');
    const url = process.env['GENT_API_URL']?.trim() || `http://${at(reachable(config.http))}`;
    await walk(config, new Caller(url.replace(/(?<!\/)\/+$/, ''), print));
    print('\nDone: an agent had a mailbox, used it, was stopped, and everything is on record.');
    return 0;
  } catch (error) {
    const { message, exitStatus } =
      error instanceof Unexpected ? new Refusal(error.message) : refusalOf(error);
    process.stderr.write(`quickstart: ${message}\n`);
    return exitStatus;
  }
};

const walk = async (config: Config, api: Caller) => {
  const domain = `quickstart-${randomBytes(4).toString('hex')}.test`;
  const address = `agent@${domain}`;

  api.step('1. Who may do this: the owner of the first tenant');
  const owner = await signIn(config, api);
  await api.call(200, owner, 'GET', '/v1/users/me/');

  api.step('2. A domain, and its five DNS records; under .test it verifies without DNS');
  await api.call(201, owner, 'POST', '/v1/domains/', { domain });
  await api.call(200, owner, 'POST', `/v1/domains/${domain}/verify/`);

  api.step('3. An inbox on it, and a scoped token for the agent');
  const { inbox_id } = await api.call(201, owner, 'POST', '/v1/inboxes/', { address });
  const scopes = ['email:read', 'email:send'];
  const token = await api.call(201, owner, 'POST', '/v1/tokens/', { inbox_id, label: 'quickstart', scopes });
  const agent = String(token['raw_token']);
  await api.call(200, agent, 'GET', '/v1/tokens/self/');

  api.step('4. Mail comes in by SMTP');
  await deliver(config, address, api);
  const inbox = await api.until(agent, '/v1/messages/?limit=5', ({ results }) => rows(results).length === 1);
  const [received] = rows(inbox['results']);
  const messageId = received?.['message_id'];
  await api.call(200, agent, 'GET', `/v1/messages/${messageId}/`);

  api.step('5. The agent answers, in the same thread; the sandbox keeps what would have gone out');
  const reply = { reply_to_message_id: messageId, text_body: 'Hello Ann, the answer is 42.' };
  const { thread_id } = await api.call(201, agent, 'POST', '/v1/messages/', reply);
  const mine = (row: Row) =>
    row['subject'] === 'Re: What is the answer?' && JSON.stringify(row).includes(domain);
  await api.until(null, '/sandbox/mail?limit=10', ({ results }) => rows(results).some(mine));
  await api.call(200, agent, 'GET', `/v1/messages/threads/${String(thread_id)}/`);

  api.step('6. What happened: the record that nobody can change');
  await api.until(owner, `/v1/audit/?inbox_id=${inbox_id}`, ({ results }) =>
    rows(results).some(({ action }) => action === 'message.sent'),
  );

  api.step('7. A human takes over: the handoff, and the agent stopped at its very next call');
  const path = `/v1/tokens/${String(token['token_id'])}/`;
  await api.call(200, owner, 'PATCH', path, { action: 'pause' });
  await api.call(401, agent, 'GET', '/v1/messages/');
  await api.call(200, owner, 'GET', `/v1/inboxes/${inbox_id}/handoff/`);
  await api.call(200, owner, 'PATCH', path, { action: 'resume' });
  await api.call(200, agent, 'GET', '/v1/messages/?limit=1');

  api.step('8. And for good');
  await api.call(204, owner, 'DELETE', path);
  await api.call(401, agent, 'GET', '/v1/messages/');
};

/** By the password that the environment has, or else as whoever may reach into the data folder. */
const signIn = async ({ owner, dataDir }: Config, api: Caller): Promise<string> => {
  if (owner) return String((await api.call(200, null, 'POST', '/auth/login/', owner))['access_token']);
  api.note('gent session');
  const lines: string[] = [];
  const status = await askServer(resolve(dataDir), ['session'], async (line) => void lines.push(line));
  const token = lines.at(-1);
  if (status === undefined)
    throw new Unexpected(`No process runs on ${resolve(dataDir)}: is "npm start" running?`);
  if (status !== 0 || !token) throw new Unexpected(lines.join('\n'));
  return token;
};

const deliver = async (config: Config, to: string, api: Caller) => {
  const smtp = reachable(config.smtp);
  const transport = createTransport({ ...smtp, secure: false, tls: { rejectUnauthorized: false } });
  const mail = {
    from: 'Ann <ann@peer.test>',
    to,
    subject: 'What is the answer?',
    text: 'Dear agent, what is it?\n',
  };
  api.note(`SMTP ${at(smtp)}  MAIL FROM:<ann@peer.test> RCPT TO:<${to}>`);
  const { response } = (await transport.sendMail(mail)) as { response: string };
  api.note(`  ${response}`);
  transport.close();
};

/** An address that listens everywhere is called at home. */
const reachable = ({ host, port }: Readonly<{ host: string; port: number }>) => ({
  host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host,
  port,
});

const rows = (results: unknown): readonly Row[] => (Array.isArray(results) ? (results as Row[]) : []);
