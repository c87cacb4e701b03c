/** `portcullis keys`: generates and rotates private key sets, and prints their public keys. @module */
import type { Command } from 'commander';
import {
  type Alg,
  exportJwk,
  exportJwks,
  generateKey,
  type Jwk,
  type Jwks,
  type Key,
  thumbprint,
  toKeys,
} from '../internal.js';
import { algorithm, json, readText } from './input.js';
import { createPrivate, replacePrivate } from './private-file.js';
import { type Life, nextIn, renewed, rotated, unstated } from './rotation.js';
import { Failure, note, say, sayJson } from './ui.js';

interface NewFlags {
  alg: Alg;
  kid?: string;
  size?: number;
  out?: string;
}

interface RotateFlags extends NewFlags {
  keepFor: string;
  compromised?: boolean;
  now?: boolean;
}

/** The maximum length of a Worker secret. */
const SECRET_BYTES = 5 * 1024;
const OUT = 'write to this file (mode 0600); - for standard output';

/** Adds `keys new`, `keys rotate` and `keys public`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make, rotate and publish signing keys');
  making(keys.command('new'))
    .description('a new private key set (JWKS) for JWT_KEYS: the key that signs, and the one that comes next')
    .option('-o, --out <file>', OUT)
    .action(makeSet);
  making(keys.command('rotate'))
    .description('activate the next key, retire the current one, and generate a new next key')
    .argument('[file]', 'the key set, changed in place; - for standard input', '-')
    .option('-o, --out <file>', `${OUT}; instead of changing the file`)
    .option('--keep-for <days>', 'how long retired keys stay: longer than a session lives', '8')
    .option('--compromised', 'the key set was compromised: replace every key (ends all sessions)')
    .option('--now', 'do not wait until verifiers have fetched the next key')
    .action(rotateSet);
  keys
    .command('public')
    .description('print the public keys of a private key set')
    .argument('[file]', 'the key set; - for standard input', '-')
    .action((file: string) => sayJson(exportJwks(jwksIn(file).flatMap(imported))));
}

function making(command: Command): Command {
  return command
    .option('-a, --alg <name>', 'the algorithm', algorithm, 'ES256' as Alg)
    .option('--kid <name>', 'its name, instead of its thumbprint')
    .option('--size <bits>', 'the size of an RSA key, 2048 to 8192', count);
}

async function makeSet(flags: NewFlags): Promise<void> {
  const first = await newKey(flags);
  // A secret both signs and verifies: it has no public key that could be published in advance.
  if (flags.alg.startsWith('HS')) return deliver([first], flags.out, createPrivate);
  const next = await newKey({ ...flags, kid: undefined });
  deliver([{ ...first, state: 'active' }, nextIn(next, seconds())], flags.out, createPrivate);
}

async function rotateSet(file: string, flags: RotateFlags): Promise<void> {
  const life = unstated(jwksIn(file).map(privateKey), seconds());
  const { keepFor, compromised = false, now = false } = flags;
  const keepSeconds = count(keepFor) * 86_400;
  const first = await newKey(flags);
  const { keys, did, nextRotation } = compromised
    ? renewed(first, await newKey({ ...flags, kid: undefined }), seconds())
    : rotated(life, first, { keepSeconds, now }, seconds());
  const out = flags.out ?? file;
  deliver(keys, out, replacePrivate);
  const stored = out === '-' ? 'keys.json' : out;
  note(`${did}
Now, and within a day:
  npx wrangler secret put JWT_KEYS < ${stored}
${nextRotation}
  npx portcullis keys rotate ${stored} && npx wrangler secret put JWT_KEYS < ${stored}`);
}

async function newKey({ alg, kid, size: modulusLength }: NewFlags): Promise<Jwk> {
  const isSecret = alg.startsWith('HS');
  // The thumbprint of a secret is a hash of the secret, so it is not printed.
  const name = kid ?? (isSecret ? crypto.randomUUID().slice(0, 8) : true);
  return exportJwk(await generateKey(alg, { kid: name, modulusLength }), { private: true });
}

function jwksIn(file: string): Jwk[] {
  const found = json(readText(file, 'the key set'), 'the key set') as Partial<Jwks> & Jwk;
  return Array.isArray(found.keys) ? found.keys : [found];
}

function imported(jwk: Jwk): readonly Key[] {
  return toKeys({ keys: [jwk] }, undefined);
}

/** A key in the form of the file, if it can sign. */
function privateKey(jwk: Jwk): Jwk & Partial<Life> {
  const [key] = imported(jwk);
  if (key?.canSign !== true) throw new Failure('the key set holds a public key only: rotate the private set');
  if (key.alg.startsWith('HS'))
    throw new Failure('the key set holds a secret: it has no public half that verifiers could know ahead of time');
  return { ...jwk, ...exportJwk(key, { private: true }), kid: key.kid ?? thumbprint(key) };
}

function count(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Failure(`"${text}" is not a whole number`);
  return Number(text);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Private keys are written to a file or a pipe. They are printed to a terminal only on request. */
function deliver(keys: readonly Jwk[], out: string | undefined, write: (path: string, text: string) => void): void {
  const text = `{"keys":[\n${keys.map((key) => JSON.stringify(key)).join(',\n')}\n]}\n`;
  if (text.length > SECRET_BYTES) {
    note(`The set has ${text.length} bytes and Workers take ${SECRET_BYTES}: ES256 keys are a tenth of RSA's.`);
  }
  if (out === undefined && process.stdout.isTTY === true)
    throw new Failure('refusing to print private keys: use --out FILE, or --out - to print them anyway');
  if (out === undefined || out === '-') {
    process.stdout.write(text);
    return;
  }
  write(out, text);
  say(`wrote ${out}: ${keys.map(({ alg, kid, state }) => [alg, kid, state].filter(Boolean).join(' ')).join(', ')}`);
}
