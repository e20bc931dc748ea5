import { parseAddresses } from '../address/address-list.js';
import { allValues, type HeaderBlock } from '../message/header.js';

/** The addresses in all fields with this name, in lower case. */
export const emailsIn = (header: HeaderBlock, name: string): string[] =>
  allValues(header, name)
    .flatMap(parseAddresses)
    .map(({ email }) => email.toLowerCase());
