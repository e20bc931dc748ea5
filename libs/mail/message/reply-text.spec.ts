import { describe, expect, it } from '@jest/globals';
import { replyText } from './reply-text.js';

const lines = (...all: string[]) => all.join('\n');

describe('the text of a reply', () => {
  it.each([
    ['English', 'On Tue, 3 Mar 2026 at 10:00, Ann Smith <ann@mail.example> wrote:'],
    ['German', 'Am 03.03.2026 um 10:00 schrieb Ann Smith:'],
    ['French', 'Le mar. 3 mars 2026 à 10:00, Ann Smith <ann@mail.example> a écrit :'],
    ['Spanish', 'El mar, 3 mar 2026 a las 10:00, Ann Smith (<ann@mail.example>) escribió:'],
    ['Italian', 'Il giorno mar 3 mar 2026 alle ore 10:00 Ann Smith <ann@mail.example> ha scritto:'],
    ['Portuguese', 'Em ter., 3 de mar. de 2026 às 10:00, Ann Smith <ann@mail.example> escreveu:'],
    ['Dutch', 'Op di 3 mrt 2026 om 10:00 schreef Ann Smith <ann@mail.example>:'],
    ['Swedish', 'Den tis 3 mars 2026 kl 10:00 skrev Ann Smith <ann@mail.example>:'],
    ['Polish', 'W dniu 3.03.2026 o 10:00, Ann Smith pisze:'],
    ['Czech', 'Dne 3. 3. 2026 v 10:00 Ann Smith napsal(a):'],
    ['Japanese', '2026年3月3日(火) 10:00 Ann Smith <ann@mail.example>:'],
    ['Chinese', 'Ann Smith <ann@mail.example> 于2026年3月3日周二 10:00写道：'],
  ])('stands above a quotation introduced in %s', (_, introduction) => {
    expect(replyText(lines('Yes, please.', '', introduction, '', '> Shall we?', '> Ann'))).toBe(
      'Yes, please.',
    );
  });

  it('stands below a quotation, or between two', () => {
    expect(
      replyText(
        lines(
          'On Tue, 3 Mar 2026 at 10:00, Ann <ann@mail.example>',
          'wrote:',
          '> Shall we?',
          '> When?',
          '',
          'Yes.',
        ),
      ),
    ).toBe('Yes.');
    expect(replyText(lines('Hi Ann,', '', '> Shall we?', 'Yes.', '', '> When?', 'At noon.'))).toBe(
      lines('Hi Ann,', '', 'Yes.', '', 'At noon.'),
    );
  });

  it('ends where a history begins that nobody marked as quoted', () => {
    const outlook = [
      'From: Ann Smith <ann@mail.example>',
      'Sent: Tuesday, March 3, 2026 10:00',
      'To: Bob',
      'Subject: Plan',
      '',
      'Shall we?',
    ];
    expect(replyText(lines('Yes.', '', '________________________________', ...outlook))).toBe('Yes.');
    expect(
      replyText(
        lines(
          'Ja.',
          '',
          'Von: Ann',
          'Gesendet: Dienstag, 3. März 2026 10:00',
          'An: Bob',
          'Betreff: Plan',
          '',
          'Sollen wir?',
        ),
      ),
    ).toBe('Ja.');
    expect(replyText(lines('Yes.', '', '-----Original Message-----', ...outlook))).toBe('Yes.');
    expect(
      replyText(
        lines('Yes.', '', 'On Tue, Mar 3, 2026 at 10:00 Ann <ann@mail.example> wrote:', '', 'Shall we?'),
      ),
    ).toBe('Yes.');
  });

  it('has no signature, whether the answer stands above or below', () => {
    expect(replyText(lines('Yes.', '', '-- ', 'Bob', 'Acme Inc.', '', '> Shall we?'))).toBe('Yes.');
    expect(replyText(lines('> Shall we?', '', 'Yes.', '', '--', 'Bob', 'Acme Inc.'))).toBe('Yes.');
    expect(replyText(lines('Yes.', '', 'Sent from my iPhone'))).toBe('Yes.');
  });

  it('is all of what quotes nothing, a colon or a dash notwithstanding', () => {
    const text = lines(
      'Hello,',
      '',
      'as I wrote: the parts are',
      '- one',
      '- two',
      '',
      'From: here to there',
      '',
      'He wrote back.',
      '5 > 3',
      '',
      'Ann',
    );
    expect(replyText(text)).toBe(text);
  });

  it('keeps what a forward passes on', () => {
    const forward = lines(
      'See below.',
      '',
      '---------- Forwarded message ---------',
      'From: Ann <ann@mail.example>',
      'Date: Tue, 3 Mar 2026',
      'Subject: Plan',
      'To: Bob',
      '',
      'Shall we?',
    );
    expect(replyText(forward, true)).toBe(forward);
  });

  it('is found in time that grows with the length alone', () => {
    const started = performance.now();
    for (const line of [
      'On On On On wrote',
      'From: a',
      '> a',
      'x'.repeat(290),
      '-- ',
      '"a,',
      ' '.repeat(250),
    ]) {
      replyText(`${line}\n`.repeat(1_000_000 / line.length));
      replyText(line.repeat(1_000_000 / line.length));
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
