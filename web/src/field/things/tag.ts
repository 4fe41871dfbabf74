import type { Schemas } from '@/api/types'

/** What a tag says of itself, by NFC, as a QR code, or as the address that a signing tag (SUN) opens. Pure. */

export type Reading = Schemas['Reading']
export interface Read {
  /** what a check-in hands on; null: no tag was read, a code was typed */
  reading: Reading | null
  uid: string | null
  picc: string | null
  /** what else it may be: the code of the thing itself */
  code: string
}

const HEX = /^[0-9A-F]{8,64}$/
const bare = (text: string): string => text.replace(/[\s:-]/g, '').toUpperCase()

/** The parameters of an address, whether before or behind its `#`. */
function parameters(text: string): Map<string, string> | null {
  if (!/[?&][A-Za-z]+=/.test(text)) return null
  const asked = text.split(/[?#]/).filter((part) => part.includes('=')).join('&')
  return new Map([...new URLSearchParams(asked)].map(([k, v]) => [k.toLowerCase(), v.trim()]))
}

/** The end of an address without parameters, as a code printed on a plate has it. */
function endOf(text: string): string {
  const said = text.trim()
  if (!/^https?:/i.test(said)) return said
  const end = said.split(/[?#]/)[0]!.split('/').at(-1)!
  try {
    return decodeURIComponent(end)
  } catch {
    return end // it was no escaped text
  }
}

/** `serial`: the identity that the NFC reader itself tells, for tags on which nothing is written. */
export function readTag(text: string, serial = ''): Read {
  const said = parameters(text)
  const [picc, mac, ctr] = ['picc', 'mac', 'ctr'].map((name) => bare(said?.get(name) ?? ''))
  const told = bare(said?.get('uid') ?? '')
  if (picc) return { reading: { picc, ...(mac ? { mac } : {}) }, uid: null, picc, code: '' }
  const uid = [told, bare(said ? '' : endOf(text)), bare(serial)].find((one) => HEX.test(one)) ?? null
  if (uid) return { reading: { uid, ...(ctr && told ? { counter: ctr } : {}), ...(mac && told ? { mac } : {}) }, uid, picc: null, code: said ? '' : endOf(text) }
  return { reading: null, uid: null, picc: null, code: said?.get('code') ?? endOf(text) }
}

/** A tap tells that somebody is there now; so long after it tells nothing. */
export const FRESH_MS = 15 * 60_000
export const isFresh = (at: number, now: number): boolean => now - at < FRESH_MS
