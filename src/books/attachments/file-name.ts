/** Media types of files that can be attached, with how their names end. Nothing that a browser would run. */
export const ATTACHMENT_TYPES: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ['application/pdf', ['.pdf']],
  ['image/jpeg', ['.jpg', '.jpeg']],
  ['image/png', ['.png']],
  ['image/webp', ['.webp']],
]);

const LONGEST = 120;
/** Control and invisible characters, those that turn the direction of writing among them, and what file systems mind. */
const UNWELCOME = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu;

/**
 * A name under which everybody can save a file of this type: of the path that somebody sent the last part, without what
 * no file system takes or what hides how it ends, and with an ending that is the type's own.
 */
export function safeName(sent: string, type: string): string {
  const endings = ATTACHMENT_TYPES.get(type) ?? [''];
  const last = sent.split(/[/\\]/).at(-1) ?? '';
  const plain = last.normalize('NFC').replace(UNWELCOME, ' ').replace(/\s+/gu, ' ');
  const ending = endings.find((one) => plain.toLowerCase().endsWith(one)) ?? endings[0];
  const stem = plain.toLowerCase().endsWith(ending) ? plain.slice(0, plain.length - ending.length) : plain;
  const trimmed = Array.from(stem.replace(/^[\s.]+|[\s.]+$/gu, ''))
    .slice(0, LONGEST)
    .join('')
    .trim();
  return `${trimmed === '' ? 'attachment' : trimmed}${ending}`;
}

/** `Content-Disposition` that saves a file under a name and never shows it (RFC 6266; the name in RFC 8187). */
export function savedAs(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
