import type { EntryShown, ProofShown } from '@/api/types'

/**
 * The ledger's promise, checked in this browser and nowhere else: every entry hashes to what it says, each chains to the one
 * before, each is in the tree of the signed head (RFC 9162 §2.1.3.2), and the head is signed. WebCrypto, SHA-256 and Ed25519.
 */

export type Check = 'ok' | 'bad' | 'unable' | 'waiting'

export interface Verdict {
  hashes: Check
  chain: Check
  included: Check
  signed: Check
  /** entries under the signed head, and those that still wait for one */
  sealed: number
  unsealed: number
  /** the first entry that does not fit */
  firstBad: number | null
}

const utf8 = new TextEncoder()

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (hex.length % 2 || !/^[0-9a-f]*$/.test(hex)) throw new Error('not hex')
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))

async function sha256(...parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

export const hashLeaf = (data: Uint8Array<ArrayBuffer>) => sha256(LEAF, data)

/** RFC 9162 §2.1.3.2: the root that a leaf and its path lead to, null if the path has not the right length. */
export async function rootOf(
  position: number,
  size: number,
  leaf: Uint8Array<ArrayBuffer>,
  path: Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array | null> {
  if (position < 0 || position >= size) return null
  let [at, last, top] = [position, size - 1, leaf]
  for (const beside of path) {
    if (last === 0) return null
    if (at % 2 === 1 || at === last) {
      top = await sha256(NODE, beside, top)
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
    } else top = await sha256(NODE, top, beside)
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 ? top : null
}

/** The hashed text must be what is shown beside it: [subject kind, id, n, event, version, actor, post, at, body, prev]. */
function tellsTheSame(entry: EntryShown, caseId: string): boolean {
  const said = JSON.parse(entry.text) as unknown[]
  const [, id, n, event, , actor, , at, , prev] = said
  return (
    said.length === 10 && id === caseId && n === entry.n && event === entry.event && actor === entry.actor &&
    prev === entry.prev && typeof at === 'string' && Date.parse(at) === Date.parse(entry.at)
  )
}

async function isSigned(proof: ProofShown): Promise<Check> {
  const { head, key } = proof
  if (!head || !key) return 'waiting'
  const [name, size, root] = head.text.split('\n')
  if (name !== proof.origin || Number(size) !== head.size || toHex(fromBase64(root ?? '')) !== head.root) return 'bad'
  const plus = key.indexOf('+')
  const data = fromBase64(key.slice(key.indexOf('+', plus + 1) + 1))
  if (data[0] !== 1 || data.length !== 33) return 'unable' // SM2: no browser knows it
  let imported: CryptoKey
  try {
    imported = await crypto.subtle.importKey('raw', data.slice(1), { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return 'unable'
  }
  const fits = await crypto.subtle.verify('Ed25519', imported, fromHex(head.signature), utf8.encode(head.text))
  return fits ? 'ok' : 'bad'
}

/** Check all that the server sent about a case. Never throws: what cannot be read does not fit. */
export async function verify(caseId: string, entries: EntryShown[], proof: ProofShown): Promise<Verdict> {
  const verdict: Verdict = {
    hashes: 'ok', chain: 'ok', included: 'waiting', signed: 'waiting', sealed: 0, unsealed: 0, firstBad: null,
  }
  if (!globalThis.crypto?.subtle || proof.hash !== 'sha256') {
    return { ...verdict, hashes: 'unable', chain: 'unable', included: 'unable', signed: 'unable' }
  }
  const fail = (which: 'hashes' | 'chain' | 'included', n: number) => {
    verdict[which] = 'bad'
    verdict.firstBad = Math.min(verdict.firstBad ?? n, n)
  }
  const paths = new Map(proof.paths.map((p) => [p.position, p.path]))
  let prev = '0'.repeat(64)
  let expected = 1
  for (const entry of entries) {
    try {
      if (toHex(await sha256(utf8.encode(entry.text))) !== entry.hash || !tellsTheSame(entry, caseId)) fail('hashes', entry.n)
      if (entry.prev !== prev || entry.n !== expected) fail('chain', entry.n)
      if (proof.head && entry.position !== null && entry.position < proof.head.size) {
        const path = (paths.get(entry.position) ?? []).map(fromHex)
        const root = await rootOf(entry.position, proof.head.size, await hashLeaf(fromHex(entry.hash)), path)
        if (root && toHex(root) === proof.head.root) verdict.sealed += 1
        else fail('included', entry.n)
      } else verdict.unsealed += 1
    } catch {
      fail('hashes', entry.n)
    }
    prev = entry.hash
    expected = entry.n + 1
  }
  if (verdict.included !== 'bad' && verdict.sealed > 0) verdict.included = 'ok'
  try {
    verdict.signed = await isSigned(proof)
  } catch {
    verdict.signed = 'bad'
  }
  return verdict
}

export type Outcome = 'verified' | 'partly' | 'waiting' | 'unable' | 'bad'

/** One word for the badge: `partly` when the newest entries still wait for a head, or the signature's kind is unknown here. */
export function outcomeOf(v: Verdict): Outcome {
  const checks = [v.hashes, v.chain, v.included, v.signed]
  if (checks.includes('bad')) return 'bad'
  if (v.hashes === 'unable') return 'unable'
  if (v.sealed === 0) return 'waiting'
  return v.unsealed > 0 || v.signed !== 'ok' ? 'partly' : 'verified'
}
