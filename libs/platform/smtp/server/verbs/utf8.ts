import { reply } from '../replies.js';

/** RFC 6531 section 3.5: an address beyond ASCII only where the transaction announced it. */
export const NEEDS_SMTPUTF8 = reply(553, '5.6.7', 'Such an address needs SMTPUTF8');
