/**
 * The stand-ins against the originals: `portcullis/jsonwebtoken` against jsonwebtoken, call by call, and bearer
 * authentication in Express against passport-jwt and express-jwt, in requests per second of one app.
 *
 * `node bench/dropin.mjs [--json] [--quick]` prints markdown tables, or rows `{bench, case, ours, theirs, unit, ratio, aim}`.
 */

import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import ours from 'portcullis/jsonwebtoken';
import * as portcullisPassport from 'portcullis/passport';
import { CLAIMS } from './support/claims.mjs';
import { duel, rows as rowsOf } from './support/duel.mjs';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const theirs = require('jsonwebtoken');

const asJson = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 25 : 100;
const LOAD_ROUNDS = quick ? 2 : 6;
const LOAD_MILLISECONDS = quick ? 300 : 1500;

const SECRET = 'a-very-long-shared-secret-of-at-least-64-bytes-so-that-it-suits-HS512-too';
const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const ALGORITHMS = ['HS', 'RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => family + bits));

const rows = [...(await callByCall()), ...(await requestsPerSecond())];
console.log(asJson ? JSON.stringify(rows) : tables(rows));

async function callByCall() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const all = [];
  for (const alg of ALGORITHMS) {
    const forms = alg.startsWith('HS') ? secretForms() : pairForms(CURVES[alg] ? ecPair(alg) : rsa);
    for (const [form, [signing, verifying]] of Object.entries(forms)) {
      const token = theirs.sign(CLAIMS, signing, { algorithm: alg, expiresIn: '1h' });
      const checks = { algorithms: [alg], issuer: CLAIMS.iss, audience: CLAIMS.aud };
      const aim = { jsonwebtoken: alg === 'HS256' && form !== 'KeyObject' ? 4 : 1 };
      const verify = (jwt) => () => jwt.verify(token, verifying, checks);
      const sign = (jwt) => () => jwt.sign(CLAIMS, signing, { algorithm: alg, expiresIn: 900 });
      for (const [what, call] of [
        ['verify', verify],
        ['sign', sign],
      ]) {
        const best = await duel({ portcullis: call(ours), jsonwebtoken: call(theirs) }, ROUNDS);
        all.push(...rowsOf('dropin', `${alg} ${what}, ${form}`, best, aim));
      }
    }
  }
  return all;
}

function secretForms() {
  const object = createSecretKey(Buffer.from(SECRET));
  return { string: [SECRET, SECRET], Buffer: [Buffer.from(SECRET), Buffer.from(SECRET)], KeyObject: [object, object] };
}

function pairForms({ privateKey, publicKey }) {
  const pem = [privateKey.export({ type: 'pkcs8', format: 'pem' }), publicKey.export({ type: 'spki', format: 'pem' })];
  return { PEM: pem, Buffer: pem.map((text) => Buffer.from(text)), KeyObject: [privateKey, publicKey] };
}

function ecPair(alg) {
  return generateKeyPairSync('ec', { namedCurve: CURVES[alg] });
}

/** One Express app, one route per contestant, the same token. */
async function requestsPerSecond() {
  const server = createServer(await app()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const token = theirs.sign(CLAIMS, SECRET, { expiresIn: '1h' });
  const routes = [
    'bare',
    'passport-jwt',
    'express-jwt',
    'portcullis/passport',
    ...((await authenticator()) ? ['portcullis/express'] : []),
  ];
  const best = Object.fromEntries(routes.map((route) => [route, 0]));
  for (let round = 0; round < LOAD_ROUNDS; round++) {
    for (const route of routes) {
      best[route] = Math.max(best[route], await load(server.address().port, `/${route}`, token));
    }
  }
  server.close();
  server.closeAllConnections();
  return routes
    .filter((route) => route.startsWith('portcullis'))
    .flatMap((our) =>
      ['passport-jwt', 'express-jwt', 'bare'].map((their) => ({
        bench: 'dropin-express',
        case: `${our} against ${their}`,
        ours: best[our],
        theirs: best[their],
        unit: 'requests/s',
        ratio: best[our] / best[their],
        ...(their === 'bare' ? {} : { aim: 1 }),
      })),
    );
}

async function app() {
  const express = require('express');
  const { Passport } = require('passport');
  const passportJwt = require('passport-jwt');
  const { expressjwt } = require('express-jwt');
  const passport = new Passport();
  for (const [name, { Strategy, ExtractJwt }] of [
    ['theirs', passportJwt],
    ['ours', portcullisPassport],
  ]) {
    const options = {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: SECRET,
      algorithms: ['HS256'],
      issuer: CLAIMS.iss,
      audience: CLAIMS.aud,
    };
    passport.use(name, new Strategy(options, (payload, done) => done(null, { id: payload.sub })));
  }
  const guard = (name) => passport.authenticate(name, { session: false });
  const answer = (_req, res) => res.end('ok');
  const made = express();
  made.disable('x-powered-by').disable('etag');
  made.get('/bare', answer);
  made.get('/passport-jwt', guard('theirs'), answer);
  made.get('/portcullis/passport', guard('ours'), answer);
  made.get(
    '/express-jwt',
    expressjwt({ secret: SECRET, algorithms: ['HS256'], issuer: CLAIMS.iss, audience: CLAIMS.aud }),
    answer,
  );
  const authenticate = await authenticator();
  if (authenticate) made.get('/portcullis/express', authenticate, answer);
  return made;
}

async function authenticator() {
  const { authenticate } = await import('portcullis/express').catch(() => ({}));
  return authenticate?.({ key: SECRET, algorithms: ['HS256'], issuer: CLAIMS.iss, audience: CLAIMS.aud });
}

/** Requests per second over kept-alive connections, driven from a thread of its own. */
async function load(port, path, token) {
  const worker = new Worker(driver(), {
    eval: true,
    workerData: { port, path, token, milliseconds: LOAD_MILLISECONDS },
  });
  const [{ answered, wrong }] = await once(worker, 'message');
  await worker.terminate();
  if (wrong) throw new Error(`${path} answered ${wrong}`);
  return (answered * 1000) / LOAD_MILLISECONDS;
}

/** Runs in the worker: 16 sockets, each asking again as soon as it is answered. */
function driver() {
  return `
  const { connect } = require('node:net');
  const { parentPort, workerData: { port, path, token, milliseconds } } = require('node:worker_threads');
  const question = 'GET ' + path + ' HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer ' + token + '\\r\\n\\r\\n';
  let answered = 0, wrong;
  const sockets = Array.from({ length: 16 }, () => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question));
    socket.setNoDelay(true).setEncoding('latin1');
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk;
      if (!seen.endsWith('ok') && !seen.endsWith('0\\r\\n\\r\\n') && !/^HTTP\\/1.1 4/.test(seen)) return;
      if (!seen.startsWith('HTTP/1.1 200')) wrong ??= seen.slice(0, 60);
      seen = '';
      answered++;
      socket.write(question);
    });
    return socket;
  });
  setTimeout(() => {
    for (const socket of sockets) socket.destroy();
    parentPort.postMessage({ answered, wrong });
  }, milliseconds);
`;
}

function tables(all) {
  const table = (title, unit, picked) => [
    `### ${title}`,
    '',
    `| | Portcullis (${unit}) | other (${unit}) | ratio |`,
    '|---|---:|---:|---:|',
    ...picked.map(
      (one) =>
        `| ${one.case} | ${one.ours.toFixed(unit === 'µs' ? 1 : 0)} | ${one.theirs.toFixed(unit === 'µs' ? 1 : 0)} | ${one.ratio.toFixed(2)} |`,
    ),
    '',
  ];
  return [
    ...table(
      'portcullis/jsonwebtoken against jsonwebtoken',
      'µs',
      all.filter(({ bench }) => bench === 'dropin'),
    ),
    ...table(
      'Bearer authentication in Express',
      'requests/s',
      all.filter(({ bench }) => bench === 'dropin-express'),
    ),
  ].join('\n');
}
