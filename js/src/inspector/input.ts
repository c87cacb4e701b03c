/** Reads pasted, dropped and typed text. */

import { byId } from './dom.js';
import type { Report } from './engine.js';
import { change, current } from './state.js';

/** Longer texts are not put into the text area: layout of a line of a megabyte takes seconds. In UTF-16 units. */
const LONGEST_KEPT = 64 * 1024;

/** Largest file that is read when one is dropped, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** How long typing must pause before the text is inspected, in milliseconds. */
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

/** Sets the text as if it had been pasted. */
export function setInput(text: string): void {
  field.value = text.length > LONGEST_KEPT ? '' : text;
  take(text);
}

/** Text that is too long for the text area is still inspected; only its beginning stays visible. */
function take(text: string): void {
  if (text.length > LONGEST_KEPT) {
    field.value = `${text.slice(0, 200)} …`;
  }
  clear.disabled = text === '';
  note.textContent = '';
  change({ text });
}

/** Shows how the token was found in the pasted text. */
export function sayFound({ kind, wrappings }: Report): void {
  const { length } = current().text;
  const size =
    length > LONGEST_KEPT ? `The input is ${Math.round(length / 1024).toLocaleString('en')} KB of text. ` : '';
  note.textContent = kind === 'empty' ? '' : size + wrappings.map(({ sentence }) => sentence).join(' ');
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
      note.textContent = 'This file is too large to be a token.';
    } else {
      const text = file ? await file.text() : (event.dataTransfer?.getData('text/plain') ?? '');
      if (text) {
        setInput(text);
      }
    }
  });
}
