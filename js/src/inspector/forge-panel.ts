/** Edits claims and signs them with a key generated here, for testing. */

import { byId, fill, h } from './dom.js';
import { forge, look } from './engine.js';
import { parseExactly } from './exact.js';
import { setInput } from './input.js';
import { onChange } from './state.js';
import { setKey } from './verify-panel.js';

const field = byId<HTMLTextAreaElement>('forge-claims');
const choice = byId<HTMLSelectElement>('forge-alg');
const note = byId('forge-note');
const out = byId('forge-result');

/** Connects the panel. The claims follow the token until the person edits them. */
export function connectForge(): void {
  let edited = false;
  let seen = '';
  field.addEventListener('input', () => {
    edited = field.value !== '';
  });
  onChange(async ({ text }) => {
    if (text !== seen) {
      seen = text;
      const { claims } = await look(text);
      if (!edited && claims) {
        field.value = JSON.stringify(claims, null, 2);
      }
    }
  });
  byId('forge-sign').addEventListener('click', () => void sign());
}

async function sign(): Promise<void> {
  const claims = readClaims();
  if (!claims) {
    return;
  }
  try {
    const made = await forge(choice.value, claims);
    note.textContent = `Signed with a new ${choice.value} key.`;
    fill(
      out,
      labelled('forge-token', 'The token', made.token, 4),
      labelled(
        'forge-key',
        made.isSecret ? 'The secret that verifies it' : 'The public key that verifies it',
        made.key,
        made.isSecret ? 2 : 8,
      ),
      h(
        'div',
        { class: 'row' },
        h(
          'button',
          { type: 'button', id: 'forge-inspect', onclick: () => void inspect(made.token, made.key) },
          'Inspect this token',
        ),
      ),
    );
  } catch (error) {
    note.textContent = error instanceof Error ? error.message : String(error);
  }
}

async function inspect(token: string, key: string): Promise<void> {
  setInput(token);
  await setKey(key);
  byId('answer').focus();
}

function readClaims(): Record<string, unknown> | undefined {
  try {
    const claims = parseExactly(field.value);
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) {
      return claims as Record<string, unknown>;
    }
    note.textContent = 'Claims must be a JSON object, for example { "sub": "7" }.';
  } catch (error) {
    note.textContent = `This is not valid JSON: ${error instanceof Error ? error.message : ''}`;
  }
  field.focus();
  return undefined;
}

function labelled(id: string, label: string, text: string, rows: number): HTMLElement {
  const area = h('textarea', { id, rows, readonly: true, spellcheck: 'false' });
  area.value = text;
  return h('div', {}, h('label', { for: id }, label), area);
}
