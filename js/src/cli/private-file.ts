/** Files that hold private keys: readable by their owner alone, and never written through what somebody else put in their place. @module */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Failure } from './ui.js';

/** Exclusive: what is there already, a symbolic link included, is neither followed nor given new content under its old mode. */
const EXCLUSIVE = 'wx';
const OWNER_ONLY = 0o600;

/**
 * Writes a file that is not there yet.
 *
 * @throws Failure when something is there: it may be the only copy of the keys that sign today
 */
export function createPrivate(path: string, text: string): void {
  writeNew(path, path, text);
}

/**
 * Puts a file in the place of one that may be there. It is written beside it first, under a name that nobody can foresee: a full disk
 * must not cost the only copy.
 *
 * @throws Failure when something else than a file is there
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
