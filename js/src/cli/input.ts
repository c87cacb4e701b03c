/** Where keys, tokens and texts come from: files, the environment, standard input. @module */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ALGORITHMS, type Alg } from '../internal.js';
import { EXIT, Failure } from './ui.js';

/** The options by which a command is given a key. */
export interface KeyFlags {
  key?: string;
  keyEnv?: string;
  keyFromCommandLine?: string;
  alg?: Alg;
}

/** For options that may be given again. One that takes several words would take the arguments that follow, too. */
export function oneMore(one: string, before: string[] = []): string[] {
  return [...before, one];
}

/** Adds the options that say where a key is. */
export function withKey(command: Command, what: string): Command {
  return command
    .option('-k, --key <file>', `${what}: a file with a JWKS, a JWK, PEM or a secret; - for standard input`)
    .option(
      '--key-env <name>',
      'the environment variable that holds it (PORTCULLIS_KEY and JWT_SECRET are looked at by themselves)',
    )
    .option('--key-from-command-line <text>', 'the key itself; other users of this machine can see it')
    .option('-a, --alg <name>', 'the algorithm, where the key does not fix one', algorithm);
}

/** The key's text. */
export function keyText(flags: KeyFlags): string {
  const { key, keyEnv, keyFromCommandLine } = flags;
  const given = [key, keyEnv, keyFromCommandLine].filter((one) => one !== undefined);
  if (given.length > 1) throw new Failure('the key was given twice');
  if (key !== undefined) return readText(key, 'the key').replace(/\r?\n$/, '');
  if (keyFromCommandLine !== undefined) return keyFromCommandLine;
  if (keyEnv !== undefined) return fromEnvironment(keyEnv);
  const known = ['PORTCULLIS_KEY', 'JWT_SECRET'].find((name) => process.env[name]);
  if (known === undefined)
    throw new Failure('no key was given: use --key <file> or --key-env <name>, or set PORTCULLIS_KEY');
  return fromEnvironment(known);
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Failure(`the environment variable ${name} is not set`);
  return value;
}

/** A file's text, or standard input's for `-`. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EAGAIN' ? 'standard input is empty' : String(code);
    throw new Failure(`${what} cannot be read from ${file === '-' ? 'standard input' : file}: ${why}`, EXIT.usage);
  }
}

/** A token from the command line or standard input, without the things that come along when one is pasted. */
export function tokenFrom(argument: string | undefined): string {
  return argument === undefined || argument === '-' ? readText('-', 'the token').trim() : argument.trim();
}

/** An algorithm's name. */
export function algorithm(name: string): Alg {
  const found = ALGORITHMS.find((one) => one.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new Failure(`"${name}" is no algorithm; there are ${ALGORITHMS.join(', ')}`);
  return found;
}

/** JSON from a text, with a sentence when it is none. */
export function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(`${what} is not JSON`);
  }
}
