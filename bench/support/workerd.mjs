/** Starts `workerd serve` on scripts, without the proxies that a development server puts in front. */

import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { processorTime } from './processor.mjs';

const require = createRequire(new URL('../../js/package.json', import.meta.url));
const LONGEST_START = 20_000;

/**
 * Serves each Worker on a port of its own.
 *
 * @param {Record<string, {entry: string, bindings?: string, more?: string}>} workers - name -> entry file, and capnp text for
 *   its bindings and its other fields. Objects with SQLite keep it in the service `disk`.
 * @param {string[]} others - capnp text for services that are no Workers
 * @returns {Promise<{ports: Record<string, number>, pid: number, firstAnswers: Record<string, {milliseconds: number, processor:
 *   number}>, stop: () => Promise<void>}>} when a Worker first answered after the start of the process, and how many milliseconds of
 *   processor time that took; they are asked one after the other, the last first
 */
export async function serve(workers, others = []) {
  // In memory where the system has such a place: what a disk's flush costs is not what is measured.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'portcullis-bench-'));
  const ports = {};
  mkdirSync(join(folder, 'disk'));
  const services = [
    ...others,
    `(name = "disk", disk = (path = ${JSON.stringify(join(folder, 'disk'))}, writable = true))`,
  ];
  const sockets = [];
  const constants = [];
  for (const [name, { entry, bindings = '', more = '' }] of Object.entries(workers)) {
    ports[name] = await freePort();
    const modules = await bundle(entry, folder, name);
    services.push(`(name = "${name}", worker = .${name}Worker)`);
    sockets.push(`(name = "${name}", address = "127.0.0.1:${ports[name]}", http = (), service = "${name}")`);
    constants.push(`const ${name}Worker :Workerd.Worker = (
      modules = [${modules.join(', ')}], compatibilityDate = "2026-06-01", bindings = [${bindings}], ${more}
    );`);
  }
  const config = join(folder, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (services = [${services.join(', ')}], sockets = [${sockets.join(', ')}]);
    ${constants.join('\n')}`,
  );
  const begun = performance.now();
  const firstAnswers = {};
  const child = spawn(require('workerd').default, ['serve', '--experimental', config], {
    // Its log must not get between the rows.
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 2000).unref();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [name, port] of Object.entries(ports).reverse()) {
      await answering(port, child);
      firstAnswers[name] = { milliseconds: performance.now() - begun, processor: processorTime(child.pid) / 1e6 };
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports, pid: child.pid, firstAnswers, stop };
}

/** One JavaScript module, and the wasm and text modules it imports beside it. */
async function bundle(entry, folder, name) {
  const esbuild = require('esbuild');
  const files = new Map();
  const beside = {
    name: 'files-beside',
    setup(build) {
      build.onResolve({ filter: /\.wasm$|\/policy\.json$/ }, ({ path, resolveDir }) => {
        files.set(basename(path), resolve(resolveDir, path));
        return { path: `./${basename(path)}`, external: true };
      });
      // The programs of Node's threads: workerd has no threads, and what is bundled from source here never starts one.
      build.onResolve({ filter: /\?program$/ }, ({ path }) => ({ path, namespace: 'program' }));
      build.onLoad({ filter: /.*/, namespace: 'program' }, () => ({ contents: '', loader: 'text' }));
    },
  };
  const outfile = join(folder, `${name}.js`);
  await esbuild.build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'import'],
    external: ['cloudflare:*', 'node:*'],
    plugins: [beside],
    logLevel: 'warning',
  });
  for (const [file, from] of files) copyFileSync(from, join(folder, `${name}-${file}`));
  return [
    `(name = "index.js", esModule = embed "${name}.js")`,
    ...[...files.keys()].map((file) => `(name = "${file}", ${kind(file)} = embed "${name}-${file}")`),
  ];
}

const kind = (file) => (file.endsWith('.wasm') ? 'wasm' : 'text');

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
      .once('error', fail)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => done(port));
      });
  });
}

async function answering(port, child) {
  const end = Date.now() + LONGEST_START;
  while (Date.now() < end && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer) return;
    await new Promise((done) => setTimeout(done, 5));
  }
  throw new Error('workerd did not answer');
}

/** What stands in a Worker's bindings as text. */
export function text(name, value) {
  return `(name = "${name}", text = ${JSON.stringify(value)})`;
}

/** The version of workerd that is measured. */
export function version() {
  return JSON.parse(readFileSync(require.resolve('workerd/package.json'), 'utf8')).version;
}
