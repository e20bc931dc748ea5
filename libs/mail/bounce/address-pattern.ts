/**
 * An address in a text for people, not anchored. Words in scripts without spaces stand right beside an address: of
 * those none may be mixed with others (RFC 6531 would allow it).
 */
export const ADDRESS =
  /(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u00c0-\u1fff]{1,64}|[.0-9\u3041-\ud7ff]{1,64})@(?:[A-Za-z0-9.\-\u00c0-\u1fff]{1,253}[A-Za-z0-9\u00c0-\u1fff]|[A-Za-z0-9.\-\u3041-\ud7ff]{1,253}[A-Za-z0-9\u3041-\ud7ff])/;
