import { alternatives } from './alternatives.js';

const DELAYED = alternatives`
  warning message only|(delivery|message|mail)[^.\n]{0,40}(delayed|has been delayed|is delayed)
  not yet (been )?delivered|will (be retried|continue to (try|retry)|keep trying)|still being (re)?tried
  delivery attempts will continue|\(delay(ed)?\)|do not need to resend|has been (postponed|deferred)
  do not resend your
  (zustellung|zugestellt|übermitt|nachricht|e-?mail)[^.\n]{0,60}verz(ö|oe)gert|(zustell|übermittl)ung [^.\n]{0,20}verz(ö|oe)ger
  noch nicht zugestellt|nicht erneut (zu )?senden|pas encore (pu )?(être |été )?(remis|distribué|livré)
  (remise|message)[^.\n]{0,60}(retardé|différé)|(todavía|aún) no (se )?ha [^.\n]{0,30}entregado|entrega [^.\n]{0,30}(retrasad|demorad|atrasad)
  ainda não foi entregue|non è (stato )?ancora (stato )?(consegnato|recapitato)|consegna [^.\n]{0,30}ritardat
  nog niet (bezorgd|afgeleverd)|(bezorg|aflever)ing [^.\n]{0,30}vertraagd|配信[^。\n]{0,20}遅(延|れ)|まだ配信され|延迟(投递|送达)|尚未(投递|送达)
`;

/** Whether words or a subject say that delivery is still being tried. */
export const tellsOfDelay = (text: string): boolean => DELAYED.test(text);
