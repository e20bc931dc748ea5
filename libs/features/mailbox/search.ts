import { invalid } from '#kernel/errors';
import type { SearchWord } from '#platform/search/search-index';
import { searchable, type SearchEntry } from '#platform/search/searchable';
import { Contents, type Kept } from './contents.js';
import type { MailAddress, MessageErased, MessageQueued, MessageReceived } from './events.js';

const named = (people: readonly MailAddress[]): string =>
  people.map(({ email, name }) => (name ? `${name} ${email}` : email)).join(' ');

const entryOf = ({ data }: MessageReceived | MessageQueued, at: string): SearchEntry<Kept> => ({
  key: data.messageId,
  document: {
    at,
    fields: {
      subject: data.subject,
      from: named(data.from ? [data.from] : []),
      to: named([...data.to, ...data.cc]),
    },
    content: { unparsed: null, ...data },
  },
});

export const searchedMessages = searchable<MessageReceived | MessageQueued | MessageErased, Kept>({
  name: 'messages',
  version: 2,
  fields: ['subject', 'from', 'to', 'text'],
  on: {
    MessageReceived: (event) => entryOf(event, event.data.receivedAt),
    MessageQueued: (event) => entryOf(event, event.data.sendAt ?? event.data.queuedAt),
    MessageErased: ({ data }) => ({ key: data.messageId, document: null }),
  },
  content: Contents,
});

/** What a caller asks for by words. */
export type Wanted = Readonly<Partial<Record<'q' | 'from' | 'to' | 'subject', string>>>;

const MOST_WORDS = 8;
/** Of one named field: a subject may be quoted whole. */
const MOST_OF_FIELD = 32;

/** The words of a search; none where nothing is asked by words. */
export const wordsOf = ({ q, ...fields }: Wanted): readonly SearchWord[] => {
  const anywhere = split(q ?? '');
  if (anywhere.length > MOST_WORDS) throw invalid('q', 'max-words', `Send ${MOST_WORDS} words at most`);
  const within = Object.entries(fields).flatMap(([field, text]) =>
    split(text)
      .slice(0, MOST_OF_FIELD)
      .map((word) => ({ word, field })),
  );
  return [...anywhere.map((word) => ({ word })), ...within];
};

const split = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');
