/**
 * A QR code (ISO/IEC 18004) of a short text, drawn here: a secret must reach no library's server. Bytes, correction level M,
 * versions 1–10 (213 bytes at most), which is enough for an `otpauth:` address.
 */
const PER_BLOCK = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5]

function codewords(version: number): number {
  let bits = (16 * version + 128) * version + 64
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2
    bits -= (25 * aligned - 10) * aligned - 55
    if (version >= 7) bits -= 36
  }
  return Math.floor(bits / 8)
}
const room = (version: number) => codewords(version) - PER_BLOCK[version - 1]! * BLOCKS[version - 1]!

function times(x: number, y: number): number {
  let z = 0
  for (let i = 7; i >= 0; i -= 1) {
    z = (z << 1) ^ ((z >>> 7) * 0x11d)
    z ^= ((y >>> i) & 1) * x
  }
  return z
}

function generator(degree: number): number[] {
  const found = [...Array<number>(degree - 1).fill(0), 1]
  let root = 1
  for (let i = 0; i < degree; i += 1) {
    for (let j = 0; j < degree; j += 1) {
      found[j] = times(found[j]!, root)
      if (j + 1 < degree) found[j]! ^= found[j + 1]!
    }
    root = times(root, 2)
  }
  return found
}

function correction(data: number[], divisor: number[]): number[] {
  const rest = divisor.map(() => 0)
  for (const byte of data) {
    const factor = byte ^ rest.shift()!
    rest.push(0)
    divisor.forEach((d, i) => (rest[i]! ^= times(d, factor)))
  }
  return rest
}

/** Data with their correction, blocks interleaved. */
function encode(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = []
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i -= 1) bits.push((value >>> i) & 1)
  }
  put(4, 4)
  put(bytes.length, version < 10 ? 8 : 16)
  bytes.forEach((b) => put(b, 8))
  const capacity = room(version) * 8
  put(0, Math.min(4, capacity - bits.length))
  put(0, (8 - (bits.length % 8)) % 8)
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) put(pad, 8)
  const data = Array.from({ length: bits.length / 8 }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((sum, b) => (sum << 1) | b, 0))

  const [count, extra, all] = [BLOCKS[version - 1]!, PER_BLOCK[version - 1]!, codewords(version)]
  const short = count - (all % count)
  const shortData = Math.floor(all / count) - extra
  const divisor = generator(extra)
  const blocks: { data: number[]; extra: number[] }[] = []
  for (let i = 0, at = 0; i < count; i += 1) {
    const part = data.slice(at, at + shortData + (i < short ? 0 : 1))
    at += part.length
    blocks.push({ data: part, extra: correction(part, divisor) })
  }
  const out: number[] = []
  for (let i = 0; i <= shortData; i += 1) for (const b of blocks) if (i < b.data.length) out.push(b.data[i]!)
  for (let i = 0; i < extra; i += 1) for (const b of blocks) out.push(b.extra[i]!)
  return out
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0, (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

function draw(words: number[], version: number, mask: number): boolean[][] {
  const size = version * 4 + 17
  const dark = Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  const fixed = Array.from({ length: size }, () => Array<boolean>(size).fill(false))
  const set = (x: number, y: number, on: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    dark[y]![x] = on
    fixed[y]![x] = true
  }
  for (let i = 0; i < size; i += 1) {
    set(6, i, i % 2 === 0)
    set(i, 6, i % 2 === 0)
  }
  const square = (cx: number, cy: number, reach: number, rings: number[]) => {
    for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) set(cx + dx, cy + dy, !rings.includes(Math.max(Math.abs(dx), Math.abs(dy))))
  }
  square(3, 3, 4, [2, 4])
  square(size - 4, 3, 4, [2, 4])
  square(3, size - 4, 4, [2, 4])
  if (version > 1) {
    const count = Math.floor(version / 7) + 2
    const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
    const at = [6, ...Array.from({ length: count - 1 }, (_, i) => size - 7 - i * step).reverse()]
    at.forEach((y, i) => at.forEach((x, j) => {
      const onFinder = (i === 0 && j === 0) || (i === 0 && j === count - 1) || (i === count - 1 && j === 0)
      if (!onFinder) square(x, y, 2, [1])
    }))
  }
  // Level M is 00; ten bits of BCH behind it and the mask.
  let rest = mask
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537)
  const format = ((mask << 10) | rest) ^ 0x5412
  const bit = (value: number, i: number) => ((value >>> i) & 1) === 1
  for (let i = 0; i <= 5; i += 1) set(8, i, bit(format, i))
  set(8, 7, bit(format, 6))
  set(8, 8, bit(format, 7))
  set(7, 8, bit(format, 8))
  for (let i = 9; i < 15; i += 1) set(14 - i, 8, bit(format, i))
  for (let i = 0; i < 8; i += 1) set(size - 1 - i, 8, bit(format, i))
  for (let i = 8; i < 15; i += 1) set(8, size - 15 + i, bit(format, i))
  set(8, size - 8, true)
  if (version >= 7) {
    let left = version
    for (let i = 0; i < 12; i += 1) left = (left << 1) ^ ((left >>> 11) * 0x1f25)
    const said = (version << 12) | left
    for (let i = 0; i < 18; i += 1) {
      const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)]
      set(a, b, bit(said, i))
      set(b, a, bit(said, i))
    }
  }
  let n = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    for (let up = 0; up < size; up += 1) {
      for (let j = 0; j < 2; j += 1) {
        const x = right - j
        const y = ((right + 1) & 2) === 0 ? size - 1 - up : up
        if (fixed[y]![x]) continue
        const on = n < words.length * 8 && bit(words[n >>> 3]!, 7 - (n & 7))
        dark[y]![x] = on !== MASKS[mask]!(x, y)
        n += 1
      }
    }
  }
  return dark
}

/** How many squares of two by two are of one colour: the mask with the fewest is the easiest to read. */
function lumps(dark: boolean[][]): number {
  let found = 0
  for (let y = 1; y < dark.length; y += 1) for (let x = 1; x < dark.length; x += 1) if (dark[y]![x] === dark[y - 1]![x] && dark[y]![x] === dark[y]![x - 1] && dark[y]![x] === dark[y - 1]![x - 1]) found += 1
  return found
}

/** Rows of dark modules, without the quiet zone; null when the text is too long. */
export function makeQr(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text)
  const version = BLOCKS.findIndex((_, i) => room(i + 1) * 8 >= 4 + (i + 1 < 10 ? 8 : 16) + bytes.length * 8) + 1
  if (!version) return null
  const words = encode(bytes, version)
  return MASKS.map((_, mask) => draw(words, version, mask)).sort((a, b) => lumps(a) - lumps(b))[0]!
}

/** The same as one path, a unit a module. */
export const qrPath = (dark: boolean[][]): string => dark.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
