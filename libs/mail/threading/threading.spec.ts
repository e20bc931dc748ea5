import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isForwardSubject, isReplySubject, subjectKeyOf } from './subject.js';
import { joinsBySubject, threadRoot } from './thread.js';

const MARKS = [
  'Re: ',
  'RE:',
  'Aw: ',
  'SV: ',
  'Re[2]: ',
  'Fwd: ',
  'WG: ',
  'TR : ',
  '[list] ',
  '回复：',
  'Antw: ',
  'Odp: ',
];

describe('the subject of a conversation', () => {
  it.each(['Re: Plan', 'AW: Plan', 'SV: Plan', 'Re[3]: Plan', 'RE : Plan', '[list] Re: Plan', '回复：Plan'])(
    'answers: %s',
    (subject) => expect(isReplySubject(subject)).toBe(true),
  );

  it.each(['Plan', 'Regarding: Plan', 'Fwd: Plan', 'Research: Plan', '[list] Plan', ''])(
    'answers nothing: %s',
    (subject) => expect(isReplySubject(subject)).toBe(false),
  );

  it('is the same under any heap of marks', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...MARKS), { maxLength: 8 }), (marks) => {
        const subject = `${marks.join('')}Quarterly  Plan`;
        expect(subjectKeyOf(subject)).toBe('quarterly plan');
      }),
    );
    expect(subjectKeyOf('Re: Re: ')).toBeNull();
    expect(isForwardSubject('WG: Plan')).toBe(true);
  });
});

describe('the thread of a message', () => {
  it('is known by its first reference, else by what it answers, else by itself', () => {
    expect(threadRoot({ references: ['<1@a>', '<2@a>'], inReplyTo: '<2@a>' }, '<3@a>')).toBe('<1@a>');
    expect(threadRoot({ references: [], inReplyTo: '<2@a>' }, '<3@a>')).toBe('<2@a>');
    expect(threadRoot({ references: [], inReplyTo: null }, '<3@a>')).toBe('<3@a>');
  });

  it('is found by the subject only for an answer that names nothing', () => {
    const answer = { references: [], inReplyTo: null, subject: 'Re: Plan' };
    expect(joinsBySubject(answer)).toBe(true);
    expect(joinsBySubject({ ...answer, subject: 'Plan' })).toBe(false);
    expect(joinsBySubject({ ...answer, subject: 'Re:' })).toBe(false);
    expect(joinsBySubject({ ...answer, inReplyTo: '<1@a>' })).toBe(false);
    expect(joinsBySubject({ ...answer, references: ['<1@a>'] })).toBe(false);
  });
});
