/** Digests what this host's tables make of many code points. The Rust test in `src/text.rs` does the same with its own. */
const RANGES = [
  [0, 0x500],
  [0x600, 0x1aa0],
  [0x1b00, 0x2090],
  [0x20a0, 0x10000],
  [0x1d400, 0x1d6a0],
  [0x1f000, 0x1fc00],
  [0x2f800, 0x2fa20],
];

export default {
  async fetch() {
    const [nfkc, lower] = [[], []];
    for (const [from, to] of RANGES) {
      for (let point = from; point < to; point++) {
        if (point >= 0xd800 && point < 0xe000) continue;
        const one = String.fromCodePoint(point);
        nfkc.push(`a${one}\u0301`.normalize('NFKC'));
        lower.push(`A${one}\u0301 A${one}\u03a3${one}\u03a3`.toLowerCase());
      }
    }
    return Response.json({ nfkc: await digested(nfkc), lower: await digested(lower) });
  },
};

async function digested(lines) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${lines.join('\n')}\n`));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
