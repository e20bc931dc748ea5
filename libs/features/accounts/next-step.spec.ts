import { expect, it } from '@jest/globals';
import { nextStep, type Progress } from './next-step.js';

const NOTHING: Progress = {
  unverified: null,
  isVerified: false,
  hasInbox: false,
  hasToken: false,
  hasSent: false,
  hasRead: false,
};

it('names the first step that is undone, with the call that does it', () => {
  const actions: string[] = [];
  const progress = { ...NOTHING };
  const done = (step: Partial<Progress>) => {
    Object.assign(progress, step);
    actions.push(nextStep(progress).action);
  };
  done({});
  done({ unverified: 'new.example.com' });
  expect(nextStep(progress)).toMatchObject({ method: 'POST', path: '/v1/domains/new.example.com/verify/' });
  done({ isVerified: true });
  done({ hasInbox: true });
  done({ hasToken: true });
  done({ hasSent: true });
  done({ hasRead: true });
  expect(actions).toEqual([
    'add_domain',
    'verify_domain',
    'create_inbox',
    'create_token',
    'send_message',
    'read_messages',
    'done',
  ]);
  expect(nextStep(progress)).toMatchObject({ method: null, path: null });
});

it('goes back to a step that was undone', () => {
  expect(nextStep({ ...NOTHING, hasInbox: true, hasToken: true }).action).toBe('add_domain');
});
