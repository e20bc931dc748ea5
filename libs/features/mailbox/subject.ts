/** `Re:` and its kin in the languages that people's programs speak, with or without a counter. */
const REPLY = /^\s*(re|aw|sv|vs|antw|odp|rif|res|ynt|回复|答复|回覆|답장)(\[\d+\]|\(\d+\))?\s*[:：]\s*/iu;
const PREFIX =
  /^\s*((re|aw|sv|vs|antw|odp|rif|res|ynt|fwd?|wg|tr|rv|enc|回复|答复|回覆|转发|답장)(\[\d+\]|\(\d+\))?\s*[:：]|\[[^\]]{1,40}\])\s*/iu;

export const isReplySubject = (subject: string): boolean => REPLY.test(subject);

/** What two subjects of one conversation have in common; null where that is nothing. */
export const subjectKeyOf = (subject: string): string | null => {
  let rest = subject.slice(0, 500);
  for (let next = rest.replace(PREFIX, ''); next !== rest; next = rest.replace(PREFIX, '')) rest = next;
  return rest.replace(/\s+/g, ' ').trim().toLowerCase().slice(0, 200) || null;
};
