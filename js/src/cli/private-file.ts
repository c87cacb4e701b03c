/**
 * Files with private keys: only their owner can read them, and they are never written through a link or an existing
 * file of someone else. @module
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Failure } from './ui.js';

/** Exclusive: an existing file or symbolic link is not followed, and does not receive the keys under its old mode. */
const EXCLUSIVE = 'wx';
const OWNER_ONLY = 0o600;

/**
 * Writes a file that does not exist yet.
 *
 * @throws Failure if it exists: it may be the only copy of the current signing keys
 */
export function createPrivate(path: string, text: string): void {
  writeNew(path, path, text);
}

/**
 * Replaces a file, which may exist. The content is first written to a file with an unpredictable name in the same
 * directory, so that a full disk does not destroy the only copy.
 *
 * @throws Failure if the path exists and is not a file
 */
export function replacePrivate(path: string, text: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink()) throw new Failure(`${path} is a symbolic link: specify the file it points to`);
  if (there !== undefined && !there.isFile()) throw new Failure(`${path} is not a regular file: specify another path`);
  const beside = `${path}.${randomUUID()}.new`;
  writeNew(beside, path, text);
  try {
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw unwritten(path, error);
  }
}

function writeNew(path: string, named: string, text: string): void {
  let file: number;
  try {
    file = openSync(path, EXCLUSIVE, OWNER_ONLY);
  } catch (error) {
    throw unwritten(named, error);
  }
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw unwritten(named, error);
  } finally {
    closeSync(file);
  }
}

function unwritten(path: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return new Failure(`${path} already exists: rotate the key set, or specify another file`);
  return new Failure(`cannot write ${path} (${code ?? 'unknown error'})`);
}
