import { parseAddresses } from '../address/address-list.js';
import { decodeWords } from '../message/encoded-word.js';
import { firstValue, type HeaderBlock } from '../message/header.js';
import { alternatives } from './alternatives.js';
import { repliesIn } from './status-code.js';
import { tellsUndelivered } from './undelivered-words.js';

const DAEMON = alternatives`
  ^mailer[-_.]?daemon$|^mail[-_.]?daemon$|^po+st[-_.]?master$|^mail[-_.]?delivery[-_.]?(system|subsystem)?$
  ^mdaemon$|^mmdf$|^bounces?$|^mail[-_.]?administrator$
`;
const DAEMON_NAME = alternatives`
  \bmail(er)?[ -]?(delivery|daemon|administrator|system|router)|\bpost ?master|\bdelivery (sub)?system
  \bsystem administrator|\bmailer-daemon|\bzustell|\binternet mail
`;
const SUBJECT = alternatives`
  undeliver|not? (be )?deliver|non[- ]?(deliver|remis|recapit)|message (blocked|status)
  deliver\w{0,20} (status|fail|report|notif|problem|error|delay|notice|unsuccess)|mail delivery
  (failed|failure|problem|error)[^\w]{0,3}(deliver|notice|notification|mail)
  (return|bounce|reject)\w{0,20} ?(e?-?mail|message|to sender)
  mail ?(system|server)? (error|failure|status)
  (mail|message|delivery) (failure|delayed|warning|error)|could not (be sent|send)
  zustellung|fehlgeschlagen|no se (ha )?pudo|mensagem não|échec|impossible de
  undelivered|warning: message|delayed mail|permanent delivery|error (sending|in (your )?(e?-?mail|message|delivery))
  (配信|送信|配達|転送|メール)[^。\n]{0,12}(エラー|失敗|不能|不可|でき(ません|ず|なかった)|されません|遅)|エラー(通知|メール)
  can'?t be (sent|delivered)|dsn:|ndn:|postmaster notify|rejected|failure notice|not (a )?member
  complaint about message|unknown (user|recipient|address)|(user|recipient|address) (is )?unknown|failed mail
  processing error|delivery (has )?(been )?(failed|failure|impossible)|(devuelto|devolvid|rechazad|rejeitad)
  mancata consegna|impossibile|non (è stato|può essere) (consegn|recapit)|onbestelbaar|niet (worden )?bezorg
  kan niet worden|kunde inte|kunne ikke|nie (można|dostarczono)|не ?достав
  не удалось|退信|退回|投递失败|系统退信|無法傳|반송|전송 ?실패|não (foi )?entreg
`;
const WORDS = alternatives`
  (could|can|cannot|did|was|were|has|have|been|unable|failed|not|error|problem)[^.]{0,40}(deliver|reach|sent|send|process)
  (delivery|deliver|message|mail|address\w{0,20}|recipient\w{0,20}|user)[^.]{0,60}(fail|error|problem|unable|not |un(known|successful)|reject|refus|return|delay|abort|bounce|block|full)
  undeliver|fatal error|transcript of session|did not reach|following (address|recipient)
  reason for the (failure|problem)|will be retried|user unknown|unknown user|invalid|exceed
  not known|not (a )?member|rejected|refused|エラー|(配信|送信|配達|転送|お届け)[^。\n]{0,12}(失敗|不能|でき(ません|ず|なかった)|されません)
  (not|no) (a )?(valid|such|longer|active|mailbox)|mailbox (is )?full|quota|\bpostponed|no (ha )?(podido|pudo)
  zustell|unbekannt|não (foi|pôde|pode)|n['’]a (pas )?pu|non remis|inconnu|desconocid|inexistente
  impossibile|sconosciut|onbekend|bezorgd|nie istnieje|не существует|достав|退信|退回|投递|无法|不存在
`;
/** What names a report where the header says nothing of it: somebody's message, and that it did not arrive. */
const PLAIN = alternatives`
  (mail|message|delivery)[^.]{0,60}(could not|cannot|can't|was not|unable to|failed to) be (deliver|sent)
  (unable|not able|wasn't able|failed|impossible) to (deliver|send)|(delivery|deliver)\w{0,20} [^.]{0,60}fail
  (could not|cannot|can't) be delivered to\b|failed recipients|has been (postponed|returned)
  did not reach the following|following (addresses|recipients?)\b[^.]{0,60}(fail|error|unknown|problem)
  \b(not|no) a (valid|known|current) (user|mailbox|recipient|e?-?mail address)|no such (user|mailbox|recipient)\b
  (nachricht|mail|mitteilung)\w{0,5}\b[^\n]{0,80}\bnicht\b[^\n]{0,40}zugestellt|no (se )?pudo (ser )?entrega|pas pu (e|ê)tre (d(e|é)livr|remis)
`;
/** An answer or a copy that somebody sends of a report, and what an absent person's machine answers. */
const ANSWER = alternatives`
  ^\s*(re|aw|sv|antw|fwd?|wg|rv|enc|tr|vs|res)(\[\d+\])?\s*:
  ^\W*auto(mat\w{0,20})?[ -]?(reply|response|antwort|svar|answer|re:|:)|out of (the )?office|abwesen|vacation
  respuesta autom|r(é|e)ponse autom|risposta autom|resposta autom|automatisch|automatyczna|absence
  fuera de (la )?oficina|ausen(te|cia)|\burlaub|férias|fuori (sede|ufficio)|afwezig|frånvaro|fravær|poissa
  nieobecn|poza biurem|mimo kancelář|dovolen|отпуск|отсутств|ofis dışı|부재|휴가
  自动回复|自動応答|自動返信|автоответ|不在|休暇|休假
`;
/** What a mail system tells its postmaster or the owner of a mailbox, though no mail of theirs came back. */
const OTHER_NOTICE = alternatives`
  smtp server: errors from|quarantine|quota (warning|notice|report)|mailbox .{0,40}(almost|nearly) full
  return receipt|message recall|^report domain: \S{1,255} submitter:
`;
/** Local parts of what scans mail on its way, and writes in its own name. */
const SCANNER = alternatives`
  smtp|anti-?virus|mail[-_.]?(scan|sweeper|marshal|guard|gateway|service|router)|scanmail|\bimss|gateway
  surfcontrol|interscan|groupshield|postman$
`;

/** Whether the part of an address before the at sign is one of a mail system. */
export const isDaemon = (local: string): boolean => DAEMON.test(local);

/** What a header says of who wrote the message: a mail system, or someone else. */
export type Signs = Readonly<{
  namesFailed: boolean;
  fromDaemon: boolean;
  fromList: boolean;
  fromScanner: boolean;
  nullSender: boolean;
  subject: boolean;
  autoReply: boolean;
  answers: boolean;
  /** Its subject is that of an answer or a copy. */
  retold: boolean;
}>;

/** As much of it as anybody reads. */
const subjectOf = (header: HeaderBlock): string =>
  decodeWords(firstValue(header, 'subject') ?? '').slice(0, 1_000);

export const signsOf = (header: HeaderBlock): Signs => {
  const value = (name: string) => firstValue(header, name) ?? '';
  const from = value('from');
  const local = parseAddresses(from)[0]?.email.split('@')[0] ?? from;
  const subject = subjectOf(header);
  return {
    namesFailed: value('x-failed-recipients') !== '',
    fromDaemon: /<\s*>/.test(from) || isDaemon(local.trim()) || DAEMON_NAME.test(decodeWords(from)),
    fromList: /-(admin|owner|request|bounces)@/i.test(from),
    fromScanner: SCANNER.test(local),
    nullSender: /^\s*<\s*>/.test(value('return-path')),
    subject: SUBJECT.test(subject) || tellsUndelivered(subject),
    autoReply: /^\s*auto-(replied|notified)/i.test(value('auto-submitted')),
    answers: value('in-reply-to') !== '',
    retold: ANSWER.test(subject),
  };
};

/** Whether it comes from a list or a newsletter, or tells of something else by its subject. */
export const tellsElse = (header: HeaderBlock): boolean =>
  firstValue(header, 'list-unsubscribe') !== null ||
  firstValue(header, 'list-id') !== null ||
  OTHER_NOTICE.test(subjectOf(header));

/** Whether the text is worth reading for a report at all: most mail ends here. */
export const mayReport = ({ namesFailed, fromDaemon, subject }: Signs): boolean =>
  namesFailed || fromDaemon || subject;

/** Whether its header speaks for a report, whose parts may then stand in any structure. */
export const claimsReport = ({ namesFailed, fromDaemon, nullSender, subject, retold }: Signs): boolean =>
  namesFailed || fromDaemon || nullSender || (subject && !retold);

const withoutQuotes = (notice: string): string =>
  notice
    .split('\n')
    .map((line) => (/^\s*>/.test(line) ? '' : line))
    .join('\n');

/**
 * Whether a notice is a report by its own words, where it has no structure that says so. `returnsOurs`: it carries a
 * message of the one whom it is addressed to.
 */
export const looksReported = (signs: Signs, notice: string, returnsOurs: boolean): boolean => {
  if (signs.namesFailed) return true;
  const retold = signs.answers && signs.retold && !signs.nullSender;
  const told = (retold ? withoutQuotes(notice) : notice).slice(0, 20_000);
  const refused = repliesIn(told).length > 0;
  if (signs.fromDaemon) {
    if (refused || returnsOurs) return true;
    const undelivered = PLAIN.test(told) || tellsUndelivered(told);
    return signs.subject ? undelivered || WORDS.test(told) : signs.nullSender && undelivered;
  }
  if (!signs.subject || (signs.answers && !signs.nullSender)) return false;
  // A list may take mail of its members only.
  if (signs.fromList && /not (a )?member/i.test(told)) return true;
  if (signs.retold && !returnsOurs) return false;
  const plain = PLAIN.test(told);
  return (refused || plain) && (signs.nullSender || signs.autoReply || returnsOurs || signs.fromScanner);
};
