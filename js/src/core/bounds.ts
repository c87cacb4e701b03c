/**
 * The length limits of all string and byte arguments of the wasm modules. Callers check or truncate their arguments
 * first, and report the error with the right name; this table is a second check that no caller can forget. The types
 * require a limit for every argument: a new export without one does not compile.
 *
 * @module
 */
import { optionError } from './errors.js';

type Text = string | Uint8Array | readonly string[];
type IsText<T> = 0 extends 1 & T ? false : [Extract<T, Text>] extends [never] ? false : true;
type HasText<P extends readonly unknown[]> = true extends { [I in keyof P]-?: IsText<P[I]> }[number] ? true : false;

/** For each argument the maximum number of bytes, or `null` if it is neither a string nor bytes. */
type Row<P extends readonly unknown[]> = { readonly [I in keyof P]-?: IsText<P[I]> extends true ? number : null };
type Rows<T> = {
  readonly [K in keyof T as T[K] extends (...given: infer P) => unknown
    ? HasText<P> extends true
      ? K
      : never
    : never]: T[K] extends (...given: infer P) => unknown ? Row<P> : never;
};
type Made<C> = C extends new (
  ...given: infer P
) => unknown
  ? HasText<P> extends true
    ? { made: Row<P> }
    : object
  : object;
type ClassRows<C extends { prototype: unknown }> = {
  of: Rows<Omit<C, 'prototype'>>;
  its: Rows<C['prototype']>;
} & Made<C>;
/** Whether it is a class with string arguments. */
type NeedsRows<T> = T extends (...given: never[]) => unknown
  ? false
  : T extends { prototype: unknown }
    ? [keyof Rows<Omit<T, 'prototype'>> | keyof Rows<T['prototype']> | keyof Made<T>] extends [never]
      ? false
      : true
    : false;

/** The limits of a module. */
export type Bounds<G> = Rows<Omit<G, 'initSync' | 'default'>> & {
  readonly [K in keyof G as NeedsRows<G[K]> extends true ? K : never]: G[K] extends { prototype: unknown }
    ? ClassRows<G[K]>
    : never;
};

type AnyRow = readonly (number | null)[];
type Callable = (this: unknown, ...given: unknown[]) => unknown;

/** Adds the limits to all exports of a module. Its classes are modified in place. */
export function bounded<G extends object>(glue: G, bounds: Bounds<G>): G {
  const doors = { ...glue } as Record<string, unknown>;
  for (const [name, rows] of Object.entries(bounds as Record<string, AnyRow | ClassRows<never>>)) {
    const door = doors[name];
    // The page's module has fewer exports than its type declares.
    if (door === undefined) continue;
    doors[name] = isRow(rows)
      ? guarded(name, door as Callable, rows)
      : guardedClass(name, door as never, rows as never);
  }
  return doors as G;
}

function guardedClass(
  name: string,
  its: { prototype: Record<string, Callable> } & Record<string, Callable>,
  rows: { of: Record<string, AnyRow>; its: Record<string, AnyRow>; made?: AnyRow },
): unknown {
  for (const [of, row] of Object.entries(rows.of)) its[of] = guarded(`${name}.${of}`, its[of] as Callable, row);
  for (const [verb, row] of Object.entries(rows.its)) {
    its.prototype[verb] = guarded(`${name}.${verb}`, its.prototype[verb] as Callable, row);
  }
  const { made } = rows;
  if (made === undefined) return its;
  return new Proxy(its, {
    construct: (target, given, maker) => Reflect.construct(target as never, checked(name, given, made), maker),
  });
}

function guarded(name: string, door: Callable, row: AnyRow): Callable {
  return function (this: unknown, ...given) {
    return door.apply(this, checked(name, given, row));
  };
}

function isRow(rows: unknown): rows is AnyRow {
  return Array.isArray(rows);
}

/**
 * One byte more than the limit is accepted: that is how a truncated text shows the module that it was too long. @throws
 * OptionError
 */
function checked(name: string, given: unknown[], row: AnyRow): unknown[] {
  row.forEach((most, at) => {
    if (most !== null && sizeOf(given[at]) > most + 1) {
      throw optionError(`argument ${at + 1} of ${name}`, `at most ${most} bytes`, given[at]);
    }
  });
  return given;
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + sizeOf(one), 0);
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}
