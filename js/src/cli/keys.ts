/** `portcullis keys`: private key sets, made, rotated, and shown as far as they may be. @module */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Alg, exportJwk, exportJwks, generateKey, type Jwk, type Jwks, type Key, toKeys } from '../internal.js';
import { algorithm, json, readText } from './input.js';
import { Failure, say, sayJson } from './ui.js';

interface NewFlags {
  alg: Alg;
  kid?: string;
  size?: number;
  out?: string;
}

/** Adds `keys new`, `keys rotate` and `keys public`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make, rotate and publish signing keys');
  making(keys.command('new'))
    .description('a new private key set (JWKS) with one key; JWT_KEYS of the Worker wants such a text')
    .option('-o, --out <file>', 'write there, readable by you alone, instead of to standard output')
    .action(async (flags: NewFlags) => deliver({ keys: [await newKey(flags)] }, flags.out));
  making(keys.command('rotate'))
    .description('put a new key in front of a private key set: the first signs, all verify')
    .argument('[file]', 'the key set; - for standard input', '-')
    .option('--keep <count>', 'how many of the old keys stay, for tokens still in use', '1')
    .option('-o, --out <file>', 'write there, readable by you alone, instead of to standard output')
    .action(async (file: string, flags: NewFlags & { keep: string }) => {
      const old = privateSet(readText(file, 'the key set'));
      deliver({ keys: [await newKey(flags), ...old.slice(0, count(flags.keep))] }, flags.out);
    });
  keys
    .command('public')
    .description('the public halves of a private key set, fit for publication')
    .argument('[file]', 'the key set; - for standard input', '-')
    .action((file: string) => sayJson(exportJwks(imported(readText(file, 'the key set')))));
}

function making(command: Command): Command {
  return command
    .option('-a, --alg <name>', 'the algorithm', algorithm, 'ES256' as Alg)
    .option('--kid <name>', 'its name, instead of its thumbprint')
    .option('--size <bits>', 'the size of an RSA key, 2048 to 8192', count);
}

async function newKey({ alg, kid, size: modulusLength }: NewFlags): Promise<Jwk> {
  const isSecret = alg.startsWith('HS');
  // A secret's thumbprint is a hash of the secret, which is nobody's business.
  const name = kid ?? (isSecret ? crypto.randomUUID().slice(0, 8) : true);
  return exportJwk(await generateKey(alg, { kid: name, modulusLength }), { private: true });
}

function privateSet(text: string): Jwk[] {
  return imported(text).map((key) => {
    if (!key.canSign) throw new Failure('the key set holds a public key only: rotate the private set');
    return exportJwk(key, { private: true });
  });
}

function imported(text: string): readonly Key[] {
  const found = json(text, 'the key set') as Jwks | Jwk;
  return toKeys(Array.isArray((found as Jwks).keys) ? (found as Jwks) : [found as Jwk], undefined);
}

function count(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Failure(`"${text}" is not a whole number`);
  return Number(text);
}

function deliver(jwks: Jwks, out: string | undefined): void {
  if (out === undefined) {
    sayJson(jwks);
    return;
  }
  writeFileSync(out, `${JSON.stringify(jwks, null, 2)}\n`, { mode: 0o600 });
  say(`wrote ${out}: ${jwks.keys.map((key) => `${key.alg} ${key.kid}`).join(', ')}`);
}
