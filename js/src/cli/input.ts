/** Reads keys, tokens and text from files, the environment and standard input. @module */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Command } from 'commander';
import { ALGORITHMS, type Alg, MAX_INSPECTED_BYTES, MAX_POLICY_BYTES } from '../internal.js';
import { EXIT, Failure } from './ui.js';

/** The options that provide a key. */
export interface KeyFlags {
  key?: string;
  keyEnv?: string;
  keyFromCommandLine?: string;
  alg?: Alg;
}

/** Collects repeatable options. An option that takes several words would also consume the arguments that follow it. */
export function oneMore(one: string, before: string[] = []): string[] {
  return [...before, one];
}

/** Adds the options that provide a key. */
export function withKey(command: Command, what: string): Command {
  return command
    .option('-k, --key <file>', `${what}: a file with a JWKS, a JWK, PEM or a secret; - for standard input`)
    .option('--key-env <name>', 'environment variable with the key (PORTCULLIS_KEY and JWT_SECRET are read by default)')
    .option('--key-from-command-line <text>', 'the key itself; other users of this machine can see it')
    .option('-a, --alg <name>', 'the algorithm, if the key does not specify one', algorithm);
}

/** The key's text. */
export function keyText(flags: KeyFlags): string {
  const { key, keyEnv, keyFromCommandLine } = flags;
  const given = [key, keyEnv, keyFromCommandLine].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new Failure('more than one key was provided: use one of --key, --key-env and --key-from-command-line');
  if (key !== undefined) return readText(key, 'the key').replace(/\r?\n$/, '');
  if (keyFromCommandLine !== undefined) return keyFromCommandLine;
  if (keyEnv !== undefined) return fromEnvironment(keyEnv);
  const known = ['PORTCULLIS_KEY', 'JWT_SECRET'].find((name) => process.env[name]);
  if (known === undefined)
    throw new Failure('no key provided: use --key <file> or --key-env <name>, or set PORTCULLIS_KEY');
  return fromEnvironment(known);
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Failure(`the environment variable ${name} is not set`);
  return value;
}

/** The text of a file, or of standard input for `-`. */
export function readText(file: string, what: string): string {
  try {
    return readAtMost(file === '-' ? 0 : file, what);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'file not found' : code === 'EAGAIN' ? 'standard input is empty' : String(code);
    throw new Failure(`${what} cannot be read from ${file === '-' ? 'standard input' : file}: ${why}`, EXIT.usage);
  }
}

/** Largest input of any command, in bytes: a text to inspect, or a policy. */
const MAX_INPUT_BYTES = Math.max(MAX_INSPECTED_BYTES, MAX_POLICY_BYTES);

/** Stops reading at the limit, also for pipes and devices without an end. */
function readAtMost(file: string | 0, what: string): string {
  const buffer = Buffer.alloc(MAX_INPUT_BYTES + 1);
  const descriptor = file === 0 ? 0 : openSync(file, 'r');
  let length = 0;
  try {
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
  } finally {
    if (descriptor !== 0) closeSync(descriptor);
  }
  if (length > MAX_INPUT_BYTES) throw new Failure(`${what} is longer than ${MAX_INPUT_BYTES} bytes`, EXIT.usage);
  return buffer.toString('utf8', 0, length);
}

/** A token from the command line or standard input, without surrounding white space. */
export function tokenFrom(argument: string | undefined): string {
  return argument === undefined || argument === '-' ? readText('-', 'the token').trim() : argument.trim();
}

/** An algorithm's name. */
export function algorithm(name: string): Alg {
  const found = ALGORITHMS.find((one) => one.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw new Failure(`"${name}" is not a supported algorithm. Supported: ${ALGORITHMS.join(', ')}`);
  return found;
}

/** Parses JSON; fails with a message if the text is not JSON. */
export function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(`${what} must be valid JSON`);
  }
}
