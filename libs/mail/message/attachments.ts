import { filenameOf } from './filename.js';
import type { ParsedAttachment } from './parsed-message.js';
import { contentOf, type Part } from './structure.js';
import { readTnef, type Tnef } from './tnef.js';

export type Attachments = Readonly<{
  list: readonly ParsedAttachment[];
  /** What a winmail.dat says that it encloses of the body. */
  tnef: Tnef | null;
}>;

/** Decodes what is attached, in order; what Outlook wrapped in a winmail.dat stands in its place. */
export const attachmentsOf = (parts: readonly Part[]): Attachments => {
  let tnef: Tnef | null = null;
  const list = parts.flatMap((part, index) => {
    const plain = attachmentOf(part, index + 1);
    const opened = isTnef(plain) ? readTnef(plain.content) : null;
    if (!opened) return [plain];
    tnef ??= opened;
    return opened.attachments.map(({ filename, contentType, contentId, content }): ParsedAttachment => ({
      filename,
      contentType: contentType ?? 'application/octet-stream',
      contentId,
      disposition: 'attachment',
      content,
    }));
  });
  return { list, tnef };
};

const isTnef = ({ contentType, filename }: ParsedAttachment): boolean =>
  /^application\/(ms-tnef|vnd\.ms-tnef)$/.test(contentType) || filename.toLowerCase() === 'winmail.dat';

const attachmentOf = (part: Part, place: number): ParsedAttachment => ({
  filename: filenameOf(part, place),
  contentType: part.contentType,
  contentId: contentIdOf(part),
  disposition: part.disposition?.value === 'inline' ? 'inline' : 'attachment',
  content: contentOf(part),
});

const contentIdOf = (part: Part): string | null => {
  const field = part.header.fields.find(({ name }) => name === 'content-id');
  if (!field) return null;
  const end = Math.min(field.end, field.valueStart + 1_000);
  return part.header.bytes.toString('latin1', field.valueStart, end).replace(/[\s<>]/g, '') || null;
};
