/** One reply: basic code (RFC 5321), enhanced code (RFC 3463; null where RFC 2034 wants none), text. */
export type Reply = Readonly<{ code: number; status: string | null; text: string | readonly string[] }>;

export const reply = (code: number, status: string | null, text: Reply['text']): Reply => ({
  code,
  status,
  text,
});

/** As it goes over the wire. */
export const rendered = ({ code, status, text }: Reply): string => {
  const lines = typeof text === 'string' ? [text] : text;
  const prefix = status ? `${status} ` : '';
  return lines
    .map((line, at) => `${code}${at === lines.length - 1 ? ' ' : '-'}${prefix}${line}\r\n`)
    .join('');
};

export const isError = ({ code }: Reply): boolean => code >= 500;

export const OK = reply(250, '2.0.0', 'Ok');
export const START_CONTENT = reply(354, null, 'Send the message, end it with <CRLF>.<CRLF>');
export const BYE = reply(221, '2.0.0', 'Bye');

export const UNKNOWN_COMMAND = reply(500, '5.5.1', 'There is no such command');
export const NOT_IMPLEMENTED = reply(502, '5.5.1', 'This command is not offered here');
export const BAD_LINE = reply(500, '5.5.2', 'A line ends with CRLF and has no other CR, LF or NUL');
export const LINE_TOO_LONG = reply(500, '5.5.2', 'The line is too long');
export const BAD_ARGUMENT = reply(501, '5.5.4', 'The argument is missing or malformed');
export const UNKNOWN_PARAMETER = reply(555, '5.5.4', 'A parameter is not known here');
export const badSequence = (text: string) => reply(503, '5.5.1', text);
export const GREET_FIRST = badSequence('Say EHLO first');

export const TOO_LARGE = reply(552, '5.3.4', 'The message is larger than is accepted here');
export const TOO_MANY_RECIPIENTS = reply(
  452,
  '4.5.3',
  'Enough recipients; send the others a copy of their own',
);
export const GOES_IN_A_CIRCLE = reply(554, '5.4.6', 'The message has been through too many hosts');
export const STORE_TROUBLE = reply(451, '4.3.0', 'It could not be stored; try again later');

export const TOO_MANY_ERRORS = reply(421, '4.7.0', 'Too many errors');
export const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands');
export const NOT_SMTP = reply(421, '4.7.0', 'This is SMTP');
export const TOO_MANY_OF_YOU = reply(421, '4.7.0', 'Too many connections from your address');
export const TOO_MANY_CONNECTIONS = reply(421, '4.3.2', 'Too many connections; try again later');
export const STOPPING = reply(421, '4.3.2', 'Going down; try again in a moment');
export const IDLE = reply(421, '4.4.2', 'Nothing was heard for too long');
export const TOO_SLOW = reply(421, '4.4.2', 'It took too long');
