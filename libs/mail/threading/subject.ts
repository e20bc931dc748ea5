/** What programs put in front of the subject of an answer or a forward, in the languages that they speak. */
const REPLIES = 're|aw|antw|antwort|sv|vs|svar|odp|rif|r|res|ynt|atb|回复|回覆|答复|返信|답장';
const FORWARDS =
  'fwd?|fw|wg|weitergeleitet|tr|rv|enc|i|vb|vl|pd|doorst|vidaresänd|trs|转发|轉寄|転送|전달|İlt|továbbítás|fs';
const COUNTER = '(?:\\s?\\[\\d{1,4}\\]|\\s?\\(\\d{1,4}\\)|\\^\\d{1,4}|\\*\\d{1,4})?';

const REPLY = new RegExp(`^\\s*(?:\\[[^\\]]{1,60}\\]\\s*)?(?:${REPLIES})${COUNTER}\\s*[:：]`, 'iu');
const FORWARD = new RegExp(`^\\s*(?:\\[[^\\]]{1,60}\\]\\s*)?(?:${FORWARDS})${COUNTER}\\s*[:：]`, 'iu');
const PREFIX = new RegExp(
  `^\\s*(?:(?:${REPLIES}|${FORWARDS})${COUNTER}\\s*[:：]|\\[[^\\]]{1,60}\\](?=\\s*\\S)|\\((?:fwd?|was:[^)]{0,100})\\))\\s*`,
  'iu',
);
const SUFFIX = /(?<!\s)\s*\(fwd?\)\s*$/i;

/** Whether it says that it answers something: `Re:` and its kin. */
export const isReplySubject = (subject: string): boolean => REPLY.test(subject.slice(0, 500));

/** Whether it says that it passes something on: `Fwd:` and its kin. */
export const isForwardSubject = (subject: string): boolean => FORWARD.test(subject.slice(0, 500));

/** A subject without the marks of answers, forwards and lists, however often they were put in front. */
const baseSubject = (subject: string): string => {
  let rest = subject.slice(0, 500);
  for (let next = rest.replace(PREFIX, ''); next !== rest; next = rest.replace(PREFIX, '')) rest = next;
  return rest.replace(SUFFIX, '').replace(/\s+/g, ' ').trim();
};

/** What the subjects of one conversation have in common; null where that is nothing. */
export const subjectKeyOf = (subject: string): string | null =>
  baseSubject(subject).normalize('NFC').toLowerCase().slice(0, 200) || null;
