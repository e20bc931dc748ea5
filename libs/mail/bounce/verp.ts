const VERP = /^bounce\+dlv_([0-9A-HJKMNP-TV-Z]{26})$/i;

/** The return path of one delivery: what comes back to it, whatever it says, is about that delivery. */
export const verpAddress = (deliveryId: string, domain: string): string => `bounce+${deliveryId}@${domain}`;

/** The delivery of a return path, whoever changed its case on the way; null for any other address. */
export const deliveryOf = (address: string): string | null => {
  const ulid = VERP.exec(address.slice(0, address.lastIndexOf('@')))?.[1];
  return ulid ? `dlv_${ulid.toUpperCase()}` : null;
};
