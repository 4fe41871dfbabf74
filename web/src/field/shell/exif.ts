import type { Position } from './db'

/**
 * Writes into a JPEG when and where it was taken (Exif 2.32). The phone shrinks photos, which loses what the camera wrote;
 * this is what the phone itself knew at the shutter, and the server measures by it.
 */

type Rational = [number, number]
type Value = string | number | Rational[]
const [ASCII, SHORT, LONG, RATIONAL] = [2, 3, 4, 5] as const
const SIZE: Record<number, number> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8 }

interface Tag {
  tag: number
  type: number
  value: Value
}

const count = (t: Tag): number => (typeof t.value === 'string' ? t.value.length + 1 : Array.isArray(t.value) ? t.value.length : 1)
const bytesOf = (t: Tag): number => count(t) * SIZE[t.type]!
const even = (n: number): number => n + (n % 2)
const sizeOf = (ifd: Tag[]): number => 6 + 12 * ifd.length + ifd.reduce((sum, t) => sum + (bytesOf(t) > 4 ? even(bytesOf(t)) : 0), 0)

function write(view: DataView, at: number, ifd: Tag[]): void {
  let entry = at + 2
  let room = at + 6 + 12 * ifd.length
  const put = (where: number, t: Tag): void => {
    if (typeof t.value === 'string') [...t.value].forEach((c, i) => view.setUint8(where + i, c.charCodeAt(0)))
    else if (Array.isArray(t.value)) t.value.forEach(([n, d], i) => (view.setUint32(where + 8 * i, n), view.setUint32(where + 8 * i + 4, d)))
    else if (t.type === SHORT) view.setUint16(where, t.value)
    else view.setUint32(where, t.value)
  }
  view.setUint16(at, ifd.length)
  for (const t of ifd) {
    view.setUint16(entry, t.tag)
    view.setUint16(entry + 2, t.type)
    view.setUint32(entry + 4, count(t))
    if (bytesOf(t) <= 4) put(entry + 8, t)
    else {
      view.setUint32(entry + 8, room)
      put(room, t)
      room += even(bytesOf(t))
    }
    entry += 12
  }
}

function degrees(value: number): Rational[] {
  const d = Math.floor(value)
  const m = Math.floor((value - d) * 60)
  return [[d, 1], [m, 1], [Math.round((value - d - m / 60) * 3_600_000), 1_000]]
}

const two = (n: number): string => String(n).padStart(2, '0')

export function withExif(jpeg: Uint8Array<ArrayBuffer>, at: number, position: Position | null): Uint8Array<ArrayBuffer> {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return jpeg
  const t = new Date(at)
  const time = `${t.getUTCFullYear()}:${two(t.getUTCMonth() + 1)}:${two(t.getUTCDate())} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}`
  const detail: Tag[] = [{ tag: 0x9003, type: ASCII, value: time }, { tag: 0x9011, type: ASCII, value: '+00:00' }]
  const gps: Tag[] = position
    ? [
        { tag: 1, type: ASCII, value: position.lat < 0 ? 'S' : 'N' }, { tag: 2, type: RATIONAL, value: degrees(Math.abs(position.lat)) },
        { tag: 3, type: ASCII, value: position.lon < 0 ? 'W' : 'E' }, { tag: 4, type: RATIONAL, value: degrees(Math.abs(position.lon)) },
        { tag: 0x1f, type: RATIONAL, value: [[Math.round(position.accuracy * 100), 100]] },
      ]
    : []
  const root: Tag[] = [{ tag: 0x8769, type: LONG, value: 0 }, ...(position ? [{ tag: 0x8825, type: LONG, value: 0 }] : [])]
  const [first, second] = [8 + sizeOf(root), 8 + sizeOf(root) + sizeOf(detail)]
  root[0]!.value = first
  if (root[1]) root[1].value = second
  const tiff = new DataView(new ArrayBuffer(second + (position ? sizeOf(gps) : 0)))
  tiff.setUint32(0, 0x4d4d002a)
  tiff.setUint32(4, 8)
  write(tiff, 8, root)
  write(tiff, first, detail)
  if (position) write(tiff, second, gps)
  const head = new DataView(new ArrayBuffer(10))
  head.setUint16(0, 0xffe1)
  head.setUint16(2, tiff.byteLength + 8)
  ;[...'Exif'].forEach((c, i) => head.setUint8(4 + i, c.charCodeAt(0)))
  const out = new Uint8Array(jpeg.length + 10 + tiff.byteLength)
  out.set(jpeg.subarray(0, 2))
  out.set(new Uint8Array(head.buffer), 2)
  out.set(new Uint8Array(tiff.buffer), 12)
  out.set(jpeg.subarray(2), 12 + tiff.byteLength)
  return out
}
