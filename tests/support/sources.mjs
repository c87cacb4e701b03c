/** The package's sources as they are, for tests of what it does not export. */
import { registerHooks } from 'node:module';

const SOURCES = new URL('../../js/src/', import.meta.url).href;

// Node leaves the types out by itself, but takes the names of files as they stand: those that TypeScript will have written.
registerHooks({
  resolve(specifier, context, next) {
    const within = specifier.startsWith('.') && context.parentURL?.startsWith(SOURCES);
    return next(within ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});

/** A module of the sources, by its path below `js/src`. */
export function source(path) {
  return import(new URL(path, SOURCES).href);
}
