import { pipeline, type Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { invalid, isDomainError } from '#kernel/errors';
import { isHeaderSafe } from '#mail/message/header-encoding';

/** `content` has to be read to its end; `finished` rejects when something else comes after it. */
export type SentFile = Readonly<{
  filename: string;
  contentType: string;
  content: AsyncIterable<Uint8Array>;
  finished: Promise<void>;
}>;

const FIELD = 'file';
const FIELDS = 20;

export const isMultipart = (contentType: string | undefined): contentType is string =>
  /^multipart\/form-data\s*(;|$)/i.test(contentType ?? '');

/** The one file of a form (RFC 7578), streamed: in a field `file`; other fields are passed over. */
export const sentFile = (body: Readable, contentType: string): Promise<SentFile> => {
  const { promise, resolve, reject } = Promise.withResolvers<SentFile>();
  const finished = Promise.withResolvers<void>();
  finished.promise.catch(() => undefined);
  const refuse = (error: Error) => {
    reject(error);
    finished.reject(error);
  };
  const form = formOf(contentType);
  let found: Readable | undefined;
  form.on(
    'file',
    (field: string, stream: Readable, filename: string | undefined, _: string, type: string) => {
      const error = found || field !== FIELD ? notOne() : isHeaderSafe(filename ?? '') ? null : unsafe();
      if (error) {
        stream.resume();
        found?.destroy(error);
        refuse(error);
        return;
      }
      found = stream;
      // Whoever reads it hears of it, now or later.
      stream.on('error', () => undefined);
      const content = complete(stream);
      resolve({ filename: filename ?? '', contentType: type, content, finished: finished.promise });
    },
  );
  // The rest of the body is read all the same, so that the answer can go out.
  pipeline(body, form, (error: Error | null | undefined) => {
    const failure = error ? malformed() : invalid(FIELD, 'required', 'Send a file in the field "file"');
    if (error) found?.destroy(failure);
    else finished.resolve();
    refuse(failure);
  });
  return promise;
};

const formOf = (contentType: string) => {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { fields: FIELDS, files: 2, parts: FIELDS + 2, fieldSize: 4_096, headerPairs: 50 },
    });
  } catch {
    throw malformed();
  }
};

/** What the form's reader says of a part that is cut short is not for the caller. */
async function* complete(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw isDomainError(error) ? error : malformed();
  }
}

const notOne = () => invalid(FIELD, 'one-file', 'Send one file, in the field "file"');
const unsafe = () =>
  invalid(FIELD, 'control-characters', 'Line breaks and control characters may not be in its name');
const malformed = () => invalid(FIELD, 'malformed', 'This is no complete multipart/form-data');
