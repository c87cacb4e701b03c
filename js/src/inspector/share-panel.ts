/** Creates a link to this page, with the token in its fragment if requested, and opens such links. */

import { byId } from './dom.js';
import { setInput } from './input.js';
import { current, onChange } from './state.js';

const PREFIX = '#token=';

const withToken = byId<HTMLInputElement>('share-token');
const link = byId<HTMLInputElement>('share-link');
const note = byId('share-note');

/** Connects the panel, and opens the token from the link. */
export function connectShare(): void {
  withToken.addEventListener('change', write);
  onChange(write);
  byId('share-copy').addEventListener('click', () => void copy());
  addEventListener('hashchange', openLinked);
  write();
  openLinked();
}

function write(): void {
  const token = current().text.trim();
  const fragment = withToken.checked && token !== '' ? PREFIX + encodeURIComponent(token) : '';
  link.value = location.origin + location.pathname + fragment;
  note.textContent = '';
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(link.value);
    note.textContent = withToken.checked ? 'Copied with the token.' : 'Copied without the token.';
  } catch {
    link.select();
    note.textContent = 'The browser blocked copying. The link is selected; copy it manually.';
  }
}

/** Removes the token from the URL as soon as it is read, so that it does not stay in the address bar and the history. */
function openLinked(): void {
  if (!location.hash.startsWith(PREFIX)) {
    return;
  }
  const text = location.hash.slice(PREFIX.length);
  history.replaceState(null, '', location.pathname + location.search);
  try {
    setInput(decodeURIComponent(text));
  } catch {
    setInput(text);
  }
}
