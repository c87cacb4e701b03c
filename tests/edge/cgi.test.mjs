/** The gate before real CGI and real PHP, which read every character of a header's name that is no letter or digit as `_`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessToken, freePort, SECRETS, serveWorker } from '../support/workerd.mjs';

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
let folder;
let server;
let worker;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-cgi-'));
  const port = await freePort();
  writeFileSync(join(folder, 'env.cgi'), "#!/bin/sh\nprintf 'content-type: text/plain\\r\\n\\r\\n'\nenv\n");
  chmodSync(join(folder, 'env.cgi'), 0o755);
  writeFileSync(
    join(folder, 'env.php'),
    '<?php foreach ($_SERVER as $name => $value) if (is_string($value)) echo $name, \'=\', $value, "\\n";',
  );
  writeFileSync(
    join(folder, 'lighttpd.conf'),
    `server.modules = ("mod_cgi")
server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
cgi.assign = (".cgi" => "", ".php" => "${await programPath('php-cgi')}")
`,
  );
  server = spawn('lighttpd', ['-D', '-f', join(folder, 'lighttpd.conf')], { env: environment, stdio: 'inherit' });
  await listening(port);
  const policy = `
[roles]
user = {}
[upstreams]
app = { url = "http://127.0.0.1:${port}" }
[defaults]
upstream = "app"
[[rules]]
path = ["/env.cgi", "/env.php"]
revocation = "off"
`;
  worker = await serveWorker({ policy, bindings: SECRETS });
});

after(async () => {
  await worker?.stop();
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

for (const script of ['env.cgi', 'env.php']) {
  test(`${script} sees the identity that the gate verified, however another one is spelled`, async () => {
    const forged = [];
    for (const mark of "_.!~|^`#$%&'*+") {
      for (const name of ['X-Portcullis-Sub', 'X-Portcullis-Roles', 'X-HTTP-Method-Override', 'X-Forwarded-Proto']) {
        forged.push(`${name.replaceAll('-', mark)}: forged`, `${name.replace('-', mark)}: forged`);
      }
    }
    const seen = await get(`/${script}`, [
      `authorization: Bearer ${accessToken({ sub: '8', roles: ['user'] })}`,
      ...forged,
    ]);
    assert.match(seen, /^HTTP\/1\.1 200 /);
    assert.match(seen, /^HTTP_X_PORTCULLIS_SUB=8\r?$/m);
    assert.match(seen, /^HTTP_X_PORTCULLIS_ROLES=user\r?$/m);
    assert.ok(!seen.includes('forged'), seen);
  });
}

function get(path, headers) {
  const head = [`GET ${path} HTTP/1.1`, 'host: 127.0.0.1', 'connection: close', ...headers, '', ''].join('\r\n');
  return new Promise((resolve, reject) => {
    const socket = connect(worker.port, '127.0.0.1', () => socket.write(head));
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

async function programPath(name) {
  const child = spawn('sh', ['-c', `command -v ${name}`], { env: environment });
  let path = '';
  for await (const bytes of child.stdout) path += bytes;
  return path.trim();
}

async function listening(port) {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('lighttpd did not start');
}
