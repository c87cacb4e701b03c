/**
 * Writes the API reference, one Markdown file per import path, from the types of the built package:
 *
 *     npm run docs                # after `cargo xtask build npm`
 *     npm run docs -- --out DIR   # somewhere else
 *
 * Fails when something exported has no doc comment.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Application } from 'typedoc';

const here = dirname(fileURLToPath(import.meta.url));
const types = join(here, '../../js/dist/types');
/** Import path -> the declarations behind it. */
const ENTRIES = {
  portcullis: 'index.d.ts',
  'portcullis/jsonwebtoken': 'jsonwebtoken/index.d.ts',
  'portcullis/passport': 'passport/index.d.ts',
  'portcullis/express': 'adapters/express.d.ts',
  'portcullis/fetch': 'adapters/fetch.d.ts',
  'portcullis/hono': 'adapters/hono.d.ts',
  'portcullis/trpc': 'adapters/trpc.d.ts',
  'portcullis/client': 'client/index.d.ts',
  'portcullis/inspect': 'inspect.d.ts',
};

const { values } = parseArgs({ options: { out: { type: 'string', default: join(here, '../api') } } });
const out = resolve(values.out);
const app = await Application.bootstrapWithPlugins({
  entryPoints: Object.values(ENTRIES).map((file) => join(types, file)),
  tsconfig: join(here, 'tsconfig.json'),
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: out }],
  readme: 'none',
  name: 'API reference',
  githubPages: false,
  disableSources: true,
  disableGit: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  requiredToBeDocumented: [
    'Function',
    'Class',
    'Interface',
    'TypeAlias',
    'Variable',
    'Namespace',
    'Method',
    'Accessor',
  ],
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  logLevel: 'Warn',
  outputFileStrategy: 'modules',
  entryFileName: 'README',
  flattenOutputFiles: true,
  sortEntryPoints: false,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
});
const project = await app.convert();
if (project === undefined) fail();
name(project);
app.validate(project);
if (app.logger.hasErrors()) fail();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await app.generateOutputs(project);
if (app.logger.hasErrors()) fail();
tidy(out);

/** Calls each module by the path it is imported under. */
function name({ children }) {
  const byFile = new Map(Object.entries(ENTRIES).map(([path, file]) => [file.replace(/(\/index)?\.d\.ts$/, ''), path]));
  for (const child of children) child.name = byFile.get(child.name) ?? child.name;
}

/** One newline at the end and no spaces before it, as everywhere here. */
function tidy(folder) {
  for (const entry of readdirSync(folder, { recursive: true })) {
    if (!entry.endsWith('.md')) continue;
    const file = join(folder, entry);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text.replace(/[ \t]+$/gm, '').trimEnd()}\n`);
  }
}

function fail() {
  console.error('the API reference was not written');
  process.exit(1);
}
