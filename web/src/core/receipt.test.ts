import { beforeAll, describe, expect, it } from 'vitest'
import { checkReceipt, type PublishedKey } from './receipt'
import { hashLeaf, toHex } from './proof'

type Bytes = Uint8Array<ArrayBuffer>
const utf8 = new TextEncoder()
const sha = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', data))
const b64 = (data: Uint8Array) => btoa(String.fromCharCode(...data))
const ID = '0199aaaa-0000-7000-8000-000000000001'
const ACTOR = '0199aaaa-0000-7000-8000-00000000000a'

/** A ledger of two entries, written from the format's description: two leaves, so each one's path is the other. */
async function write(hash = 'sha256', type = 1): Promise<{ text: string; keys: PublishedKey[]; other: PublishedKey[] }> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = new Uint8Array([type, ...new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))])
  const id = toHex(await sha(new Uint8Array([...utf8.encode('yiwang.test\n'), ...publicKey])))
  const keys = [{ key_id: id, public: `yiwang.test+${id.slice(0, 8)}+${b64(publicKey)}`, endorsed_by: null, endorsement: null }]
  let prev = '0'.repeat(64)
  const entries = [], leaves: Bytes[] = []
  for (const [n, event] of ['case.reported', 'case.accepted'].entries()) {
    const [at, body] = [`2026-11-22T01:0${n}:00.000001Z`, n ? '{"late":false}' : '{"number":"2611P0000001"}']
    const digest = await sha(utf8.encode(JSON.stringify(['case', ID, n + 1, event, 1, ACTOR, 'public', at, body, prev])))
    leaves.push(await hashLeaf(digest))
    prev = toHex(digest)
    entries.push({ event, version: 1, actor: ACTOR, post: 'public', at, body, position: n, proof: [] as string[] })
  }
  entries[0]!.proof = [b64(leaves[1]!)]
  entries[1]!.proof = [b64(leaves[0]!)]
  const root = await sha(new Uint8Array([1, ...leaves[0]!, ...leaves[1]!]))
  const head = `yiwang.test\n2\n${b64(root)}\nhash ${hash}\nprevious 0\ntime 2026-11-22T01:05:00.000000Z\n`
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, utf8.encode(head)))
  const hint = Uint8Array.from(id.slice(0, 8).match(/../g)!, (h) => Number.parseInt(h, 16))
  const note = `${head}\n— yiwang.test ${b64(new Uint8Array([...hint, ...signature]))}\n`
  const receipt = { format: 'yiwang-receipt/1', subject_kind: 'case', subject_id: ID, count: 2, entries, head: note }
  return { text: JSON.stringify(receipt, null, 2), keys, other: [{ ...keys[0]!, key_id: '0'.repeat(64) }] }
}

let made: Awaited<ReturnType<typeof write>>
beforeAll(async () => {
  made = await write()
})

describe('a receipt', () => {
  it('holds by the published key', async () => {
    const found = await checkReceipt(made.text, made.keys)
    expect([found.ok, found.fault, found.number, found.size, found.entries.length]).toEqual([true, null, '2611P0000001', 2, 2])
  })
  it.each([
    ['2611P0000001', '2611P0000009', 'entry', 1],
    ['case.accepted', 'case.declined', 'entry', 2],
    ['"late\\":false', '"late\\":true', 'entry', 2],
    ['"position": 1', '"position": 0', 'entry', 2],
    ['"position": 1', '"position": 7', 'entry', 2],
    ['"count": 2', '"count": 3', 'count', null],
    ['yiwang-receipt/1', 'yiwang-receipt/9', 'format', null],
    ['previous 0', 'previous 1', 'signature', null],
    ['\\n2\\n', '\\n3\\n', 'signature', null],
    ['\\ntime ', '\\nwhen ', 'head', null],
    ['{', '', 'unreadable', null],
  ])('in which %s is %s is refused', async (find, put, fault, n) => {
    expect(made.text).toContain(find)
    const found = await checkReceipt(made.text.replace(find, put), made.keys)
    expect([found.ok, found.fault, found.n]).toEqual([false, fault, n])
  })
  it('of another key is refused, and one of a key that only says it is this one', async () => {
    expect((await checkReceipt(made.text, [])).fault).toBe('key')
    expect((await checkReceipt(made.text, made.other)).fault).toBe('key')
  })
  it('of SM3 or SM2 is not called wrong: this browser cannot check it', async () => {
    const sm3 = await write('sm3')
    const sm2 = await write('sha256', 2)
    const found = [await checkReceipt(sm3.text, sm3.keys), await checkReceipt(sm2.text, sm2.keys)]
    expect(found.map((f) => [f.ok, f.fault])).toEqual([[false, 'unable'], [false, 'unable']])
  })
  it.each(['', 'null', '[]', '{"entries":[null],"head":""}', '{"entries":[],"head":"","format":"yiwang-receipt/1","count":0}'])('%s is none, and nothing is thrown', async (text) => {
    expect((await checkReceipt(text, made.keys)).ok).toBe(false)
  })
})
