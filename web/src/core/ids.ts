/** UUIDv7 (RFC 9562): made by whoever creates a thing or sends a command, so that what is sent twice is done once. */
export function newId(at = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(at / 2 ** (8 * (5 - i))) & 0xff
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return dashed(bytes)
}

function dashed(bytes: Uint8Array): string {
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** How a record is named to people, at the desk and on the phone: the last, random part of its id. */
export const recordNumber = (id: string): string => id.slice(-8).toUpperCase()

const NAMES = '6f1d0c5e7a565c0b9d3e59697761e700'
/** The server's `named_id` (UUIDv5): the same id for one name wherever it is made. */
export async function namedId(name: string): Promise<string> {
  const space = Uint8Array.from(NAMES.match(/../g)!, (pair) => parseInt(pair, 16))
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array([...space, ...new TextEncoder().encode(name)]))).slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return dashed(bytes)
}
