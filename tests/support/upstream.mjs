/** A plain Node server to stand behind the gate: statuses, large bodies, event streams, sockets, and a mirror. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** How large the large bodies are. */
export const MEGABYTES = 100;

/** Starts it. `posts` counts what reached `/slow`; the event `next-event` lets the event stream go on. */
export async function startUpstream() {
  const server = createServer((request, response) => serve(server, request, response));
  server.posts = 0;
  server.on('upgrade', (request, socket) => echo(request, socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = server.close.bind(server);
  return Object.assign(server, {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      close();
    },
  });
}

/** All of a stream, as text. */
export async function textOf(stream) {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}

async function serve(server, request, response) {
  response.setHeader('x-upstream', 'yes');
  const [, , what, detail] = request.url.split('/');
  if (request.url === '/slow') {
    server.posts++;
  } else if (what === 'status') {
    if (detail === '301') response.setHeader('location', '/elsewhere');
    response.writeHead(Number(detail)).end();
  } else if (what === 'upload') {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk);
    response.end(hash.digest('hex'));
  } else if (what === 'download') {
    const block = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < MEGABYTES; i++) if (!response.write(block)) await once(response, 'drain');
    response.end();
  } else if (what === 'events') {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: 1\n\n');
    server.once('next-event', () => response.write('data: 2\n\n'));
  } else {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
  }
}

/** A socket that says back what it hears, and to whom (RFC 6455, short text frames only). */
function echo(request, socket) {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}\r\n\r\n`);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if ((data[0] & 15) !== 1) return;
    const mask = data.subarray(2, 6);
    const said = Buffer.from(data.subarray(6, 6 + (data[1] & 127)).map((byte, at) => byte ^ mask[at % 4]));
    const answer = Buffer.from(`${said} from ${request.headers['x-portcullis-sub']}`);
    socket.write(Buffer.concat([Buffer.from([0x81, answer.length]), answer]));
  });
}
