import { alternatives } from './alternatives.js';

const UNDELIVERED = alternatives`
  unzustellbar|empfänger nicht erreicht|nicht (zugestellt|zustellbar|übermittelt) werden|nicht zustellbar|zustellung fehlgeschlagen
  (kunde|kan) inte (levereras|leverera|skickas)|(kunne|kan) ikke (leveres|levere|afleveres|sendes)|ikke (leveret|levert)\b
  olevererbar|ei voitu (toimittaa|lähettää)|toimitus epäonnistui|nelze doručit|nedoruč|nepodarilo sa doručiť|nepodařilo (se )?doručit
  niedostarcz|niedoręcz|nie (można|udało się) (dostarczyć|doręczyć)|kézbesíthetetlen|nem sikerült [^.\n]{0,20}kézbesíteni
  teslim edile(me|mi)|nu a putut fi livrat|nelivrabil|недоставлен|не (было )?доставлен|не (удалось|удается|вдалося) доставить|не вдалося доставити
  μη παραδο|δεν ήταν δυνατή η (παράδοση|αποστολή)|não (é|foi) possível entregar|não (foi )?entregue|non recapitabil|non (è stato |può essere )?(consegnat|recapitat)
  (kan|kon) niet worden (bezorgd|afgeleverd)|配信(でき|不能|不可)|送信でき
  no se (puede|pudo|ha podido) (entregar|entrega)|(无法|未能|不能)[^。\n]{0,12}(传递|投递|发送|送达)|(传递|投递|发送|传输)失败
  (無法|未能)[^。\n]{0,12}(傳遞|投遞|傳送|送達)|(傳遞|投遞|傳送)失敗|(배달|전송|전달)[^.\n]{0,6}(되지 ?않|할 수 없|하지 ?못|실패)
`;

/** Whether a subject or a text says in some other language than English that mail was not delivered. */
export const tellsUndelivered = (text: string): boolean => UNDELIVERED.test(text);
