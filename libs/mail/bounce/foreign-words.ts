import { alternatives } from './alternatives.js';
import type { Reason } from './reasons.js';

/** The commonest reasons in languages other than English. */
export const FOREIGN_WORDS: readonly (readonly [Reason, RegExp])[] = [
  [
    'mailboxfull',
    alternatives`
      zu ?viele mails
      (postfach|mailbox|speicherplatz)[^.;]{0,40}(voll|überfüllt|ueberfuellt|erschöpft)
      (casilla|buz(ó|o)n|caixa|cuenta|conta\b)[^.;]{0,50}(llen[ao]|chei[ao]|lotad[ao]|excedi|super(ó|o))
      bo(î|i)te[^.;]{0,40}(pleine|satur)|casella[^.;]{0,30}piena|(espacio|espaço) (insuficiente|disponible)
      postvak[^.;]{0,20}vol\b|skrzynk\w{1,20}[^.;]{0,30}(pełna|przepełn)|ящик[^.;]{0,30}(переполн|полон)
      邮箱已满|邮箱空间不足|容量.{0,10}(超|不足)|メールボックス.{0,20}(いっぱい|容量|一杯)
    `,
  ],
  [
    'suspend',
    alternatives`
      (cuenta|casilla|conta\b|caixa|buz(ó|o)n)[^.;]{0,40}(suspend|inactiv|inativ|bloque|desactiv|expirad)
      (konto|compte|account)[^.;]{0,30}(gesperrt|deaktiviert|suspendu|désactivé|sospeso|disattivat|zablokowan)
    `,
  ],
  [
    'userunknown',
    alternatives`
      destinatari[oa]s? (es |está |é )?(desconocid|desconhecid|inexistente|sconosciut|não existe|no existe)
      (usuario|usuário|utente|destinatario|direcci(ó|o)n|endereço|indirizzo|casilla|conta\b|cuenta)[^.;]{0,40}(no existe|não existe|inexistente|desconocid|desconhecid|sconosciut|inválid|invalid|non esiste|no (es|fue) (válid|encontrad)|não (foi )?encontrad)
      (utilisateur|destinataire|adresse|compte|bo(î|i)te)[^.;]{0,40}(inconnu|inexistant|n['’]existe pas|non recens)
      (benutzer|empf(ä|ae)nger|nutzer|adresse|postfach)[^.;]{0,40}(unbekannt|nicht (bekannt|gefunden|vorhanden|existiert)|existiert nicht|ungültig)
      (gebruiker|ontvanger|adres)[^.;]{0,30}(onbekend|bestaat niet|niet gevonden)
      (odbiorca|użytkownik|uzytkownik|adres|konto)[^.;]{0,40}(nie istnieje|nieznany|nieznane|niedostepne)
      (пользовател\w{0,20}|адрес\w{0,20}|ящик\w{0,20}|получател\w{0,20})[^.;]{0,40}(не существует|не найден|неизвестен)
      \badress\w{0,4}\b[^.;]{0,20}(introuvable|hittades inte|(blev|ble) ikke (fundet|funnet))
      (no se encontr(ó|o)|não (foi )?encontrad[oa])[^.;]{0,30}(direcci(ó|o)n|destinatario|endereço)
      (indirizzo|destinatario|utente)[^.;]{0,30}non (è stato )?trovat|nie znaleziono (adresu|odbiorcy|użytkownika)
      adresa nenalezena|uživatel neexistuje|adres bulunamadı|a cím nem található|διεύθυνση δεν βρέθηκε
      (地址|收件人|邮箱).{0,6}找不到|找不到.{0,6}(地址|收件人|邮箱)|(주소|사용자)[를을가이]? ?(찾을 수 없|존재하지)
      (nicht im|pas .{0,15}dans l['’]|no .{0,15}en el|non .{0,15}nel|não .{0,15}no)[^.;]{0,30}(verzeichnis|adressbuch|annuaire|carnet|directorio|libreta|indirizzario|rubrica|diretório|catálogo)
      (用户|收件人|邮箱|帐号|地址).{0,10}(不存在|未找到|无效|錯誤)|(ユーザー?|宛先|アドレス).{0,30}(存在しない|不明|見つかり|ありません)
    `,
  ],
];
