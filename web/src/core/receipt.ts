import { hashLeaf, rootOf, toHex } from './proof'

/**
 * A receipt (`yiwang-receipt/1` or `/2`, see ledger/rules_receipt.py) checked here and nowhere else: every entry is hashed anew
 * with the one before it, each must be under the signed head (RFC 9162), and the head signed by a key that is published.
 */

export interface PublishedKey {
  key_id: string
  public: string
  endorsed_by: string | null
  endorsement: string | null
}

export interface ReceiptEntry {
  event: string
  at: string
  body: string
  post: string
}

/** `unable`: SM3 or SM2, which no browser knows; `n`: the first entry that does not fit, from 1. */
export type Fault = 'unreadable' | 'format' | 'count' | 'entry' | 'head' | 'key' | 'signature' | 'unable'
export interface Outcome {
  ok: boolean
  fault: Fault | null
  n: number | null
  number: string
  origin: string
  size: number
  at: string
  keyId: string
  hash: string
  entries: ReceiptEntry[]
}

interface Item extends ReceiptEntry {
  version: number
  actor: string
  position: number
  proof: string[]
}
interface Receipt {
  format: string
  subject_kind: string
  subject_id: string
  count: number
  entries: Item[]
  head: string
  keys?: { public: string; endorsement: string }[]
}
interface Head {
  text: string
  origin: string
  size: number
  root: string
  hash: string
  at: string
  hint: string
  signature: Uint8Array<ArrayBuffer>
}
type Bytes = Uint8Array<ArrayBuffer>

const utf8 = new TextEncoder()
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const ED25519 = 1

function bytesOf(base64: string): Bytes {
  const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
  if (btoa(String.fromCharCode(...data)) !== base64) throw new Error('not the one form of base64')
  return data
}
const sha = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', data))

/** The signed note of nine lines (C2SP checkpoint). Throws when it is none. */
function readHead(note: string): Head {
  const lines = note.split('\n')
  const found = /^— (\S+) (\S+)$/.exec(lines[7] ?? '')
  const said = lines.slice(3, 6).map((line) => line.split(' '))
  if (lines.length !== 9 || lines[6] || lines[8] || !found || found[1] !== lines[0]) throw new Error('not a signed head')
  if (said.map((w) => w[0]).join() !== 'hash,previous,time' || said.some((w) => w.length !== 2) || !/^\d+$/.test(lines[1]!)) throw new Error('not a signed head')
  const signed = bytesOf(found[2]!)
  return {
    text: lines.slice(0, 6).join('\n') + '\n', origin: lines[0]!, size: Number(lines[1]), root: toHex(bytesOf(lines[2]!)),
    hash: said[0]![1]!, at: said[2]![1]!, hint: toHex(signed.slice(0, 4)), signature: signed.slice(4),
  }
}

/** The published key that a head names; a key's id is the digest of its name and its bytes. */
async function keyOf(head: Head, keys: PublishedKey[]): Promise<Bytes | null> {
  for (const key of keys) {
    const plus = key.public.indexOf('+')
    const name = key.public.slice(0, plus)
    const data = bytesOf(key.public.slice(key.public.indexOf('+', plus + 1) + 1))
    const id = toHex(await sha(Uint8Array.from([...utf8.encode(name + '\n'), ...data])))
    if (name === head.origin && id.startsWith(head.hint) && id === key.key_id) return data
  }
  return null
}

function read(text: string): Receipt | null {
  try {
    const receipt = JSON.parse(text) as Receipt
    const sound = receipt !== null && typeof receipt === 'object' && typeof receipt.head === 'string' && Array.isArray(receipt.entries)
    return sound && receipt.entries.every((e) => e && typeof e.body === 'string' && Array.isArray(e.proof)) ? receipt : null
  } catch {
    return null
  }
}

/** The first entry that does not fit, or null. */
async function firstBad(receipt: Receipt, head: Head): Promise<number | null> {
  let [prev, before] = ['0'.repeat(64), -1]
  for (const [i, e] of receipt.entries.entries()) {
    try {
      if (!UUID.test(receipt.subject_id) || !UUID.test(e.actor) || !TIME.test(e.at) || !Number.isInteger(e.position) || e.position <= before) return i + 1
      const text = JSON.stringify([receipt.subject_kind, receipt.subject_id, i + 1, e.event, e.version, e.actor, e.post, e.at, e.body, prev])
      const digest = await sha(utf8.encode(text))
      const root = await rootOf(e.position, head.size, await hashLeaf(digest), e.proof.map(bytesOf))
      if (!root || toHex(root) !== head.root) return i + 1
      ;[prev, before] = [toHex(digest), e.position]
    } catch {
      return i + 1
    }
  }
  return null
}

function numberIn(receipt: Receipt): string {
  try {
    return String((JSON.parse(receipt.entries[0]!.body) as { number?: string }).number ?? '')
  } catch {
    return ''
  }
}

/** Check a receipt's text by the published keys. Never throws. */
export async function checkReceipt(text: string, keys: PublishedKey[]): Promise<Outcome> {
  const outcome: Outcome = { ok: false, fault: null, n: null, number: '', origin: '', size: 0, at: '', keyId: '', hash: '', entries: [] }
  const fail = (fault: Fault, n: number | null = null): Outcome => ({ ...outcome, fault, n })
  const receipt = read(text)
  if (!receipt) return fail('unreadable')
  if (receipt.format !== (receipt.keys?.length ? 'yiwang-receipt/2' : 'yiwang-receipt/1')) return fail('format')
  outcome.number = numberIn(receipt)
  let head: Head
  try {
    head = readHead(receipt.head)
  } catch {
    return fail('head')
  }
  Object.assign(outcome, { origin: head.origin, size: head.size, at: head.at, keyId: head.hint, hash: head.hash })
  if (!receipt.entries.length || receipt.count !== receipt.entries.length) return fail('count')
  if (!globalThis.crypto?.subtle || head.hash !== 'sha256') return fail('unable')
  try {
    const key = await keyOf(head, keys)
    if (!key) return fail('key')
    if (key[0] !== ED25519 || key.length !== 33) return fail('unable')
    let imported: CryptoKey
    try {
      imported = await crypto.subtle.importKey('raw', key.slice(1), { name: 'Ed25519' }, false, ['verify'])
    } catch {
      return fail('unable')
    }
    if (!(await crypto.subtle.verify('Ed25519', imported, head.signature, utf8.encode(head.text)))) return fail('signature')
  } catch {
    return fail('signature')
  }
  const bad = await firstBad(receipt, head)
  if (bad !== null) return fail('entry', bad)
  return { ...outcome, ok: true, entries: receipt.entries.map(({ event, at, body, post }) => ({ event, at, body, post })) }
}

