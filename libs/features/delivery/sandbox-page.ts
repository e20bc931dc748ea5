import type { SandboxMailBody } from './sandbox-http.js';

/** No script, no picture, nothing from elsewhere: what is shown was written by anybody. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f6f6; padding: 1rem }
</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;

const people = (addresses: SandboxMailBody['to']): string =>
  addresses.map(({ email, name }) => (name ? `${name} <${email}>` : email)).join(', ');

export const listPage = (mails: readonly SandboxMailBody[]): string =>
  page(
    'Sandbox mail',
    mails.length === 0
      ? '<p>Nothing has been sent yet.</p>'
      : `<table><tr><th>When<th>From<th>Delivered to<th>Subject</tr>${mails.map(row).join('')}</table>`,
  );

const row = ({ message_id, received_at, mail_from, from, rcpt_to, subject }: SandboxMailBody): string => {
  const cells = [received_at, from ? people([from]) : mail_from, rcpt_to.join(', ')].map(escaped);
  const link = `<a href="/sandbox/mail/${encodeURIComponent(message_id)}/">${escaped(subject || '(no subject)')}</a>`;
  return `<tr><td>${[...cells, link].join('<td>')}</tr>\n`;
};

export const mailPage = (mail: SandboxMailBody): string => {
  const facts: readonly (readonly [string, string])[] = [
    ['When', mail.received_at],
    ['Return path', mail.mail_from],
    ['Delivered to', mail.rcpt_to.join(', ')],
    ['From', mail.from ? people([mail.from]) : ''],
    ['To', people(mail.to)],
    ['Cc', people(mail.cc)],
    ['Attachments', mail.attachments.map(({ filename, size }) => `${filename} (${size} bytes)`).join(', ')],
  ];
  const shown = facts.filter(([, value]) => value !== '');
  const table = shown.map(([name, value]) => `<tr><th>${name}<td>${escaped(value)}</tr>`).join('\n');
  const bodies = [mail.text_body, mail.html_body].flatMap((body) =>
    body ? [`<pre>${escaped(body)}</pre>`] : [],
  );
  const links = `<p><a href="/sandbox/mail/">All</a> · <a href="/sandbox/mail/${encodeURIComponent(mail.message_id)}/raw/">As it is</a></p>`;
  return page(mail.subject || '(no subject)', `<table>${table}</table>${bodies.join('\n')}${links}`);
};
