/** Reading bodies, of which none fills the memory. */

/** One byte more than the largest body that is read: enough to see that it is too large. */
const READ_AT_MOST = 64 * 1024 + 1;
/** How much more is read and dropped, so that a client that sends on still gets the answer. */
const DROP_AT_MOST = 16 * 1024 * 1024;

/**
 * The body, in one read of no more than its announced length. Whoever announces less than they send (another Worker can) is taken at
 * their word.
 */
export async function readBody({ body, headers }) {
  const announced = Number(headers.get('content-length') ?? READ_AT_MOST);
  const length = announced >= 0 && announced < READ_AT_MOST ? announced : READ_AT_MOST;
  if (body === null || length === 0) return new Uint8Array();
  const reader = body.getReader({ mode: 'byob' });
  const { value } = await reader.readAtLeast(length, new Uint8Array(length));
  if (value.byteLength === READ_AT_MOST) await drop(reader);
  return value;
}

async function drop(reader) {
  let space = new Uint8Array(READ_AT_MOST);
  for (let dropped = 0; dropped < DROP_AT_MOST; ) {
    const { value, done } = await reader.read(space);
    if (done) return;
    dropped += value.byteLength;
    space = new Uint8Array(value.buffer);
  }
}
