/**
 * The text by which two spellings of an address are one: trimmed, NFC, lower case. (RFC 5321 lets a host tell `A@` from
 * `a@`; no mail provider does, and people do not.) What was typed is kept for showing and for sending.
 */
export const normaliseEmail = (email: string): string => email.trim().normalize('NFC').toLowerCase();
