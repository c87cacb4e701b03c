/** Pasting, dropping and typing: from what arrives to a token. */

import { byId } from './dom.js';
import { findToken, sayPlace } from './extract.js';
import { change } from './state.js';

/** Texts longer than this stay out of the text area; laying out a line of a megabyte takes seconds. In UTF-16 units. */
const LONGEST_KEPT = 64 * 1024;

/** Largest file that is read when one is dropped, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** How long typing may pause before it is looked at, in milliseconds. */
const PAUSE = 80;

const field = byId<HTMLTextAreaElement>('input');
const note = byId('found');
const clear = byId<HTMLButtonElement>('clear');

/** Connects the text area, dropping, and the buttons. */
export function connectInput(makeExample: () => Promise<string>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => take(field.value), field.value.length > LONGEST_KEPT ? 0 : PAUSE);
  });
  field.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (text.length > LONGEST_KEPT) {
      event.preventDefault();
      take(text);
    }
  });
  clear.addEventListener('click', () => {
    setInput('');
    field.focus();
  });
  byId('example').addEventListener('click', async () => setInput(await makeExample()));
  connectDropping();
}

/** Puts a text in as if it had been pasted. */
export function setInput(text: string): void {
  field.value = text;
  take(text);
}

function take(text: string): void {
  const found = findToken(text);
  const cut = text.length > LONGEST_KEPT;
  if (cut) {
    field.value = found.place === 'none' || found.token.length > LONGEST_KEPT ? `${text.slice(0, 200)} …` : found.token;
  }
  clear.disabled = text === '';
  const size = cut
    ? `That was ${(text.length / 1024).toLocaleString('en', { maximumFractionDigits: 0 })} KB of text. `
    : '';
  note.textContent = text.trim() === '' ? '' : size + sayPlace(found);
  change({ token: found.token.length > LONGEST_KEPT ? found.token.slice(0, LONGEST_KEPT) : found.token });
}

function connectDropping(): void {
  const over = (on: boolean) => document.body.classList.toggle('dragging', on);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener('dragleave', (event) => event.relatedTarget === null && over(false));
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    over(false);
    const file = event.dataTransfer?.files[0];
    if (file && file.size > LARGEST_FILE) {
      note.textContent = 'That file is far too large to be a token.';
    } else {
      const text = file ? await file.text() : (event.dataTransfer?.getData('text/plain') ?? '');
      if (text) {
        setInput(text.length > LONGEST_KEPT ? '' : text);
        take(text);
      }
    }
  });
}
