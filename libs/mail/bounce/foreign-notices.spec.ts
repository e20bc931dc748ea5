import { expect, it } from '@jest/globals';
import { daemon, report, told } from '#testing/bounces';

/** Of each language the subject of a notice, how it says that mail was not delivered, and that the address is unknown. */
const NOTICES = `
  Unzustellbar: x | Ihre Nachricht konnte nicht zugestellt werden: | Die Adresse wurde nicht gefunden.
  Non remis : x | Votre message n'a pas pu être remis : | L'adresse est introuvable.
  No se puede entregar: x | No se pudo entregar el mensaje: | No se encontró la dirección de correo.
  Non recapitabile: x | Il messaggio non è stato consegnato: | L'indirizzo non è stato trovato.
  Não é possível entregar: x | A mensagem não foi entregue: | O endereço não foi encontrado.
  Onbestelbaar: x | Het bericht kan niet worden bezorgd: | Het adres is niet gevonden.
  Olevererbart: x | Meddelandet kunde inte levereras: | Adressen hittades inte.
  Kan ikke leveres: x | Meddelelsen kunne ikke leveres: | Adressen blev ikke fundet.
  Niedostarczalne: x | Nie można dostarczyć wiadomości: | Nie znaleziono adresu.
  Nelze doručit: x | Zprávu se nepodařilo doručit: | Adresa nenalezena.
  Kézbesíthetetlen: x | Az üzenetet nem sikerült kézbesíteni: | A cím nem található.
  Не удалось доставить: x | Сообщение не доставлено: | Адрес не найден.
  Teslim edilemedi: x | İletiniz teslim edilemedi: | Adres bulunamadı.
  Μη παραδοτέο: x | Δεν ήταν δυνατή η παράδοση: | Η διεύθυνση δεν βρέθηκε.
  配信不能: x | 次の宛先に配信できませんでした: | 宛先が見つかりません。
  无法传递: x | 无法将邮件传递给以下收件人: | 找不到该地址。
  無法傳遞: x | 郵件傳送失敗: | 收件人不存在。
  배달되지 않음: x | 메시지를 배달하지 못했습니다: | 주소를 찾을 수 없습니다.
`;

const encoded = (subject: string) => `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`;

it.each(
  NOTICES.trim()
    .split('\n')
    .map((line) => line.split('|').map((part) => part.trim()) as [string, string, string]),
)('a notice in its own language is read: %s', (subject, undelivered, unknown) => {
  const read = (sender: string[], ...words: string[]) =>
    told(
      report(
        ...sender,
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(words.join('\n')).toString('base64'),
      ),
    );
  const words = [undelivered, '', 'bob@mail.example', unknown];
  expect(read(daemon(encoded(subject)), ...words)).toEqual([
    'bob@mail.example failed 5.0.0 userunknown hard',
  ]);
  // Without its subject it takes the words and the null sender.
  expect(read(['Return-Path: <>', ...daemon('x')], ...words)).toHaveLength(1);
  expect(read(daemon('x'), ...words)).toEqual([]);
  expect(read(['From: Bob <bob@mail.example>', `Subject: ${encoded(subject)}`], ...words)).toEqual([]);
});

it('a notice whose sender is empty needs no subject', () => {
  const notice = ['', "You sent mail to bob@mail.example. That's not a valid user here."];
  expect(told(report('Return-Path: <>', 'From: <>', 'To: agent@acme.example', ...notice))).toEqual([
    'bob@mail.example failed 5.0.0 userunknown hard',
  ]);
});
