/**
 * Finds the token in whatever was pasted: a bare token, a whole `Authorization` header, a cookie, a URL, a curl command, a log line.
 * One pass over the text, so a megabyte pasted by mistake costs milliseconds.
 */

/** Where a token was found. */
export type Place = 'bare' | 'authorization' | 'cookie' | 'url' | 'curl' | 'wrapped' | 'text' | 'none';

/** A token found in a text. */
export interface Found {
  /** The token, or the trimmed text when nothing in it looks like one. */
  token: string;
  place: Place;
  /** Further, different tokens in the same text. */
  others: string[];
}

/** Most further tokens worth offering. */
const MOST_OTHERS = 8;

/** Finds the token in a text. */
export function findToken(text: string): Found {
  const trimmed = text.trim();
  const [token, ...others] = candidates(trimmed);
  if (token !== undefined) {
    return { token, place: placeOf(trimmed, token), others };
  }
  const joined = trimmed.replace(/["'\s\\]+/g, '');
  if (joined !== trimmed && looksLikeToken(joined)) {
    return { token: joined, place: 'wrapped', others: [] };
  }
  return { token: trimmed, place: 'none', others: [] };
}

/** A sentence about where the token stood. */
export function sayPlace(found: Found): string {
  const more = found.others.length;
  const rest = more === 0 ? '' : ` ${more} more in the same text.`;
  return SENTENCES[found.place] + rest;
}

const SENTENCES: Record<Place, string> = {
  bare: 'A token.',
  authorization: 'Found a token in an Authorization header.',
  cookie: 'Found a token in a cookie.',
  url: 'Found a token in a URL. URLs end up in logs and histories; send tokens in a header instead.',
  curl: 'Found a token in a curl command.',
  wrapped:
    'Found a token with line breaks or quotes inside, and took them out. A server would refuse it as it was pasted.',
  text: 'Found a token in the text.',
  none: 'No token found in this text.',
};

function candidates(text: string): string[] {
  const found: string[] = [];
  for (const run of text.split(/[^A-Za-z0-9_.-]+/)) {
    const token = run.replace(/^\.+/, '');
    if (looksLikeToken(token) && !found.includes(token)) {
      found.push(token);
      if (found.length > MOST_OTHERS) {
        break;
      }
    }
  }
  // A URL's host has dots too; what starts like an encoded `{"` is the better guess.
  return found;
}

/** Three or five parts, the first of which decodes to something that starts with `{`. */
function looksLikeToken(run: string): boolean {
  const parts = run.split('.', 6);
  return (parts.length === 3 || parts.length === 5) && /^e[w-z]/.test(run) && (parts[0]?.length ?? 0) > 8;
}

function placeOf(text: string, token: string): Place {
  if (text === token) {
    return 'bare';
  }
  const before = text.slice(0, text.indexOf(token));
  if (/(^|\s)curl\s/.test(before.slice(0, 200))) {
    return 'curl';
  }
  if (/\bbearer[\s:]+["']?$/i.test(before.slice(-20))) {
    return 'authorization';
  }
  if (/(^|[\s"'])(set-)?cookie\s*:/i.test(before.slice(0, 4000)) || /^[\w.-]+=$/.test(before)) {
    return 'cookie';
  }
  if (/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]*$/i.test(before.slice(-2000))) {
    return 'url';
  }
  return 'text';
}
