/**
 * SHA-256 (FIPS 180-4), at once and without a secure context: for the thousands of small digests of a report's proof of work,
 * of which `crypto.subtle` would make a promise each. Tested against it.
 */
const K = new Uint32Array(64)
const START = new Uint32Array(8)
for (let n = 2, found = 0; found < 64; n += 1) {
  let prime = true
  for (let d = 2; d * d <= n && prime; d += 1) prime = n % d !== 0
  if (!prime) continue
  if (found < 8) START[found] = (Math.sqrt(n) % 1) * 2 ** 32
  K[found] = (Math.cbrt(n) % 1) * 2 ** 32
  found += 1
}
const turn = (x: number, by: number) => (x >>> by) | (x << (32 - by))

export function sha256(data: Uint8Array): Uint8Array {
  const length = Math.ceil((data.length + 9) / 64) * 64
  const padded = new Uint8Array(length)
  padded.set(data)
  padded[data.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(length - 8, Math.floor(data.length / 2 ** 29))
  view.setUint32(length - 4, data.length << 3)
  const state = START.slice()
  const w = new Uint32Array(64)
  for (let at = 0; at < length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(at + 4 * i)
    for (let i = 16; i < 64; i += 1) {
      const [x, y] = [w[i - 15]!, w[i - 2]!]
      w[i] = w[i - 16]! + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7]! + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
    for (let i = 0; i < 64; i += 1) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + value
  }
  const out = new DataView(new ArrayBuffer(32))
  state.forEach((value, i) => out.setUint32(4 * i, value))
  return new Uint8Array(out.buffer)
}

/** The first number whose digest of `text:number` begins with so many zero bits (hashcash). */
export function findNonce(text: string, bits: number): number {
  const utf8 = new TextEncoder()
  for (let n = 0; ; n += 1) {
    const digest = sha256(utf8.encode(`${text}:${n}`))
    const head = ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0
    if (head >>> (32 - bits) === 0) return n
  }
}
