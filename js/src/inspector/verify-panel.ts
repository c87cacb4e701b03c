/** The panel for a key and the server's expectations. */

import { byId } from './dom.js';
import { importKeys, type Keys } from './engine.js';
import { fetchKeys } from './fetch-keys.js';
import { change, current, onChange } from './state.js';

const field = byId<HTMLTextAreaElement>('key');
const address = byId<HTMLInputElement>('key-url');
const isBase64 = byId<HTMLInputElement>('key-base64');
const note = byId('key-note');

/** Connects it. */
export function connectVerify(): void {
  field.addEventListener('input', () => void useText());
  isBase64.addEventListener('change', () => void useText());
  byId('key-fetch').addEventListener('click', () => void useAddress());
  address.addEventListener('keydown', (event) => event.key === 'Enter' && void useAddress());
  for (const [id, member] of [
    ['want-iss', 'issuer'],
    ['want-aud', 'audience'],
    ['want-typ', 'typ'],
  ] as const) {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener('input', () => change({ wanted: { ...current().wanted, [member]: input.value.trim() } }));
  }
  // A secret works with every HMAC algorithm, so the token's header decides which one is used.
  let seen = '';
  onChange(({ text }) => {
    if (text !== seen) {
      seen = text;
      if (field.value !== '') {
        void useText();
      }
    }
  });
}

/** Sets the key as if it had been pasted. */
export async function setKey(text: string): Promise<void> {
  field.value = text;
  isBase64.checked = false;
  await useText();
}

async function useText(): Promise<void> {
  const text = field.value;
  if (text.trim() === '') {
    say('');
    change({ keys: undefined });
    return;
  }
  await use(() => importKeys(text, { base64: isBase64.checked, text: current().text }));
}

async function useAddress(): Promise<void> {
  const text = address.value.trim();
  if (text === '') {
    say('Enter the URL of an issuer or a key set first.');
    address.focus();
    return;
  }
  say('Fetching keys …');
  await use(async () => {
    const jwks = await fetchKeys(text);
    const keys = await importKeys(jwks, { base64: false, text: current().text });
    field.value = jwks;
    return keys;
  });
}

async function use(make: () => Promise<Keys>): Promise<void> {
  try {
    const keys = await make();
    say(keys.description);
    change({ keys });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (current().keys) {
      change({ keys: undefined });
    }
  }
}

function say(text: string): void {
  note.textContent = text;
}
