import { parseAddresses } from '../address/address-list.js';
import { decodeWords } from '../message/encoded-word.js';
import { firstValue, type HeaderBlock } from '../message/header.js';
import { alternatives } from './alternatives.js';
import { repliesIn } from './status-code.js';

const DAEMON = alternatives`
  ^mailer[-_.]?daemon$|^mail[-_.]?daemon$|^po+st[-_.]?master$|^mail[-_.]?delivery[-_.]?(system|subsystem)?$
  ^mdaemon$|^mmdf$|^bounces?$|^mail[-_.]?administrator$
`;
const DAEMON_NAME = alternatives`
  \bmail(er)?[ -]?(delivery|daemon|administrator|system|router)|\bpost ?master|\bdelivery (sub)?system
  \bsystem administrator|\bmailer-daemon|\bzustell|\binternet mail
`;
const SUBJECT = alternatives`
  undeliver|not? (be )?deliver|non[- ]?(delivery|remis|recapit)
  deliver\w* (status|fail|report|notif|problem|error|delay|notice|unsuccess)|mail delivery
  (failed|failure|problem|error)[^\w]{0,3}(deliver|notice|notification|mail)
  (return|bounce|reject)\w* ?(e?-?mail|message|to sender)
  mail ?(system|server)? (error|failure|status)
  (mail|message|delivery) (failure|delayed|warning|error)|could not (be sent|send)|unzustellbar
  nicht zustellbar|zustellung|fehlgeschlagen|no se (ha )?pudo|mensagem não|échec|impossible de
  undelivered|warning: message|delayed mail|permanent delivery|配信|送信|error (sending|in)
  can'?t be (sent|delivered)|dsn:|ndn:|postmaster notify|rejected|failure notice|not (a )?member
  complaint about message
`;
const WORDS = alternatives`
  (could|can|cannot|did|was|were|has|have|been|unable|failed|not|error|problem)[^.]{0,40}(deliver|reach|sent|send|process)
  (delivery|deliver|message|mail|address\w*|recipient\w*|user)[^.]{0,60}(fail|error|problem|unable|not |un(known|successful)|reject|refus|return|delay|abort|bounce|block|full)
  undeliver|fatal error|transcript of session|did not reach|following (address|recipient)
  reason for the (failure|problem)|will be retried|user unknown|unknown user|invalid|exceed
  not known|not (a )?member|rejected|refused|ご|エラー|配信|送信
`;

/** Whether the part of an address before the at sign is one of a mail system. */
export const isDaemon = (local: string): boolean => DAEMON.test(local);

/** What a header says of who wrote the message: a mail system, or someone else. */
export type Signs = Readonly<{
  namesFailed: boolean;
  fromDaemon: boolean;
  fromList: boolean;
  nullSender: boolean;
  subject: boolean;
  autoReply: boolean;
  answers: boolean;
}>;

export const signsOf = (header: HeaderBlock): Signs => {
  const value = (name: string) => firstValue(header, name) ?? '';
  const from = value('from');
  const local = parseAddresses(from)[0]?.email.split('@')[0] ?? from;
  return {
    namesFailed: value('x-failed-recipients') !== '',
    fromDaemon: /<\s*>/.test(from) || isDaemon(local.trim()) || DAEMON_NAME.test(decodeWords(from)),
    fromList: /-(admin|owner|request|bounces)@/i.test(from),
    nullSender: /^\s*<\s*>/.test(value('return-path')),
    subject: SUBJECT.test(decodeWords(value('subject'))),
    autoReply: /^\s*auto-(replied|notified)/i.test(value('auto-submitted')),
    answers: value('in-reply-to') !== '',
  };
};

/** Whether the text is worth reading for a report at all: most mail ends here. */
export const mayReport = ({ namesFailed, fromDaemon, subject }: Signs): boolean =>
  namesFailed || fromDaemon || subject;

/** Whether a notice is a report by its own words, where it has no structure that says so. */
export const looksReported = (signs: Signs, notice: string): boolean => {
  if (signs.namesFailed) return true;
  const refused = repliesIn(notice).length > 0;
  if (!refused && !WORDS.test(notice.slice(0, 20_000))) return false;
  if (signs.answers && !signs.fromDaemon && !signs.nullSender) return false;
  if (signs.fromDaemon) return signs.subject || signs.nullSender || refused;
  // A list may take mail of its members only.
  const fromList = signs.fromList && /not (a )?member/i.test(notice);
  return signs.subject && (signs.nullSender || signs.autoReply || fromList);
};
