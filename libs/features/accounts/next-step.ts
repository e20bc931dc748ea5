/** What a tenant has done of what leads to its first conversation. */
export type Progress = Readonly<{
  /** A domain that is still to be verified; null if there is none. */
  unverified: string | null;
  isVerified: boolean;
  hasInbox: boolean;
  hasToken: boolean;
  hasSent: boolean;
  hasRead: boolean;
}>;

export const NEXT_ACTIONS = [
  'add_domain',
  'verify_domain',
  'create_inbox',
  'create_token',
  'send_message',
  'read_messages',
  'done',
] as const;

export type NextStep = Readonly<{
  action: (typeof NEXT_ACTIONS)[number];
  method: string | null;
  path: string | null;
  description: string;
}>;

/** The first step that is undone. */
export const nextStep = (progress: Progress): NextStep => {
  const { unverified, isVerified, hasInbox, hasToken, hasSent, hasRead } = progress;
  if (!isVerified && unverified === null)
    return step('add_domain', 'POST', '/v1/domains/', 'Add the domain that your agents write from');
  if (!isVerified)
    return step(
      'verify_domain',
      'POST',
      `/v1/domains/${unverified}/verify/`,
      'Publish its DNS records, then verify the domain',
    );
  if (!hasInbox) return step('create_inbox', 'POST', '/v1/inboxes/', 'Create an inbox on the domain');
  if (!hasToken) return step('create_token', 'POST', '/v1/tokens/', 'Create the token that your agent uses');
  if (!hasSent) return step('send_message', 'POST', '/v1/messages/', 'Send a first message');
  if (!hasRead) return step('read_messages', 'GET', '/v1/messages/', 'Read the messages of the inbox');
  return { action: 'done', method: null, path: null, description: 'Everything is set up' };
};

const step = (action: NextStep['action'], method: string, path: string, description: string): NextStep => ({
  action,
  method,
  path,
  description,
});
