/**
 * Thousands of generated policies and requests, judged natively, by a plain reference matcher and by the npm package's wasm. The
 * Rust test makes the cases and compares the first two; here the third gives its verdicts on the very same.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { policy } from 'portcullis';

test('wasm, native code and a plain matcher agree on every request', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-cases-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const cases = generated(join(folder, 'cases'));
  assert.ok(cases.length > 2000, `only ${cases.length} cases`);
  for (const { policy: text, claims, method, host, path, ...verdict } of cases) {
    const { allowed, status, line } = policy(text).decide(claims ?? undefined, { method, host, path });
    assert.deepEqual(
      { allowed, status, line },
      verdict,
      `${method} ${host}${path} by ${JSON.stringify(claims)}:\n${text}`,
    );
  }
});

/** The cases with the verdicts on which the native matcher and the plain one agreed. */
function generated(file) {
  const { status, stdout, stderr, error } = spawnSync(
    process.env.CARGO ?? 'cargo',
    ['test', '--quiet', '--package', 'portcullis', '--test', 'policy_differential'],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, PORTCULLIS_WRITE_CASES: file },
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, `the Rust side failed: ${error ?? ''}\n${stdout}${stderr}`);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
