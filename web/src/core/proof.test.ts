import { beforeAll, describe, expect, it } from 'vitest'
import type { EntryShown, ProofShown } from '@/api/types'
import { fromHex, hashLeaf, outcomeOf, rootOf, toHex, verify } from './proof'

type Bytes = Uint8Array<ArrayBuffer>
const utf8 = new TextEncoder()
const sha = async (...parts: Bytes[]): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(parts.flatMap((p) => [...p]))))

/** RFC 9162 §2.1.1 and §2.1.3.1, written from the text by recursion, unlike the code under test. */
const split = (n: number) => 2 ** (Math.ceil(Math.log2(n)) - 1)
async function root(leaves: Bytes[]): Promise<Bytes> {
  if (leaves.length === 1) return leaves[0]!
  const k = split(leaves.length)
  return sha(Uint8Array.of(1), await root(leaves.slice(0, k)), await root(leaves.slice(k)))
}
async function path(m: number, leaves: Bytes[]): Promise<Bytes[]> {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return m < k ? [...(await path(m, leaves.slice(0, k))), await root(leaves.slice(k))] : [...(await path(m - k, leaves.slice(k))), await root(leaves.slice(0, k))]
}

describe('inclusion', () => {
  // Certificate Transparency's published test tree of eight leaves (google/certificate-transparency, merkle_tree_test).
  const CT = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  it('leads to the published root', async () => {
    const leaves = await Promise.all(CT.map((hex) => hashLeaf(fromHex(hex))))
    const top = await rootOf(0, 8, leaves[0]!, [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ].map(fromHex))
    expect(toHex(top!)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  })
  it('holds for every leaf of every tree up to 20, and for no other place', async () => {
    const leaves = await Promise.all(Array.from({ length: 20 }, (_, i) => hashLeaf(Uint8Array.of(i))))
    for (let size = 1; size <= 20; size += 1) {
      const some = leaves.slice(0, size)
      const top = toHex(await root(some))
      for (let i = 0; i < size; i += 1) {
        const way = await path(i, some)
        expect(toHex((await rootOf(i, size, some[i]!, way))!)).toBe(top)
        expect(await rootOf(i, size, some[i]!, [...way, Uint8Array.of(1)])).toBeNull()
        if (size > 1) expect(toHex((await rootOf((i + 1) % size, size, some[i]!, way)) ?? new Uint8Array())).not.toBe(top)
      }
    }
  })
})

const CASE = '0199aaaa-0000-7000-8000-000000000001'
let entries: EntryShown[]
let proof: ProofShown

beforeAll(async () => {
  entries = []
  const actor = '0199aaaa-0000-7000-8000-00000000000a'
  let prev = '0'.repeat(64)
  for (let n = 1; n <= 4; n += 1) {
    const at = `2026-11-22T01:0${n}:00.000001Z`
    const text = JSON.stringify(['case', CASE, n, 'case.moved', 1, actor, 'operator', at, '{"reason":"占道"}', prev])
    const hash = toHex(await sha(utf8.encode(text)))
    entries.push({ n, position: 2 * n, event: 'case.moved', at, actor, who: '张敏', post_zh: '', post_en: '', zh: '', en: '', written: '', text, prev, hash })
    prev = hash
  }
  const size = 11
  const leaves = await Promise.all(
    Array.from({ length: size }, async (_, i) => hashLeaf(fromHex(entries.find((e) => e.position === i)?.hash ?? toHex(await sha(Uint8Array.of(i)))))),
  )
  const top = await root(leaves)
  const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
  const keys = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const text = `yiwang.test\n${size}\n${base64(top)}\nhash sha256\nprevious 0\ntime 2026-11-22T01:05:00.000000Z\n`
  proof = {
    origin: 'yiwang.test', hash: 'sha256', key: `yiwang.test+00000000+${base64(Uint8Array.of(1, ...raw))}`,
    head: { size, root: toHex(top), at: '2026-11-22T01:05:00Z', key_id: 'k', signature: toHex(new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, utf8.encode(text)))), text },
    paths: await Promise.all(entries.map(async (e) => ({ position: e.position!, path: (await path(e.position!, leaves)).map(toHex) }))),
  }
})

const check = async (es = entries, p = proof) => {
  const verdict = await verify(CASE, es, p)
  return { ...verdict, outcome: outcomeOf(verdict) }
}
const changed = (i: number, over: Partial<EntryShown>) => entries.map((e, at) => (at === i ? { ...e, ...over } : e))

describe('what the browser checks of a case', () => {
  it('a sound course fits', async () => {
    expect(await check()).toMatchObject({ hashes: 'ok', chain: 'ok', included: 'ok', signed: 'ok', sealed: 4, unsealed: 0, firstBad: null, outcome: 'verified' })
  })
  it('finds a changed text, a changed hash, and words that do not belong to the text', async () => {
    expect(await check(changed(1, { text: entries[1]!.text.replace('占道', '无事') }))).toMatchObject({ hashes: 'bad', firstBad: 2, outcome: 'bad' })
    expect(await check(changed(2, { hash: 'ab'.repeat(32) }))).toMatchObject({ outcome: 'bad', firstBad: 3 })
    expect(await check(changed(3, { event: 'case.closed' }))).toMatchObject({ hashes: 'bad', firstBad: 4 })
    expect(await check(changed(3, { at: '2026-11-22T05:00:00Z' }))).toMatchObject({ hashes: 'bad' })
    expect(await check(changed(0, { text: 'no JSON' }))).toMatchObject({ outcome: 'bad', firstBad: 1 })
  })
  it('finds an entry left out, and one moved', async () => {
    expect(await check(entries.filter((e) => e.n !== 2))).toMatchObject({ chain: 'bad', firstBad: 3 })
    expect(await check(entries.slice(1))).toMatchObject({ chain: 'bad' })
    expect(await check([entries[1]!, entries[0]!, entries[2]!, entries[3]!])).toMatchObject({ chain: 'bad' })
  })
  it('finds a position that is not the entry’s, a missing path and another root', async () => {
    expect(await check(changed(1, { position: 5 }))).toMatchObject({ included: 'bad' })
    expect(await check(entries, { ...proof, paths: [] })).toMatchObject({ included: 'bad' })
    expect(await check(entries, { ...proof, head: { ...proof.head!, root: '00'.repeat(32) } })).toMatchObject({ included: 'bad', signed: 'bad' })
  })
  it('finds a head that is not signed, or not for this tree', async () => {
    expect(await check(entries, { ...proof, head: { ...proof.head!, signature: '00'.repeat(64) } })).toMatchObject({ signed: 'bad', outcome: 'bad' })
    expect(await check(entries, { ...proof, head: { ...proof.head!, text: proof.head!.text.replace('11', '12') } })).toMatchObject({ signed: 'bad' })
    expect(await check(entries, { ...proof, origin: 'another' })).toMatchObject({ signed: 'bad' })
  })
  it('another case’s entries are not taken for this one’s', async () => {
    expect(await verify('0199aaaa-0000-7000-8000-000000000002', entries, proof)).toMatchObject({ hashes: 'bad' })
  })
  it('says what still waits, and what it cannot know', async () => {
    expect(await check(changed(3, { position: null }))).toMatchObject({ sealed: 3, unsealed: 1, outcome: 'partly' })
    expect(await check(entries, { ...proof, head: null, paths: [] })).toMatchObject({ included: 'waiting', outcome: 'waiting' })
    expect(await check(entries, { ...proof, hash: 'sm3' })).toMatchObject({ outcome: 'unable' })
    expect(await check(entries, { ...proof, key: `yiwang.test+00000000+${btoa('\xffyiwang.sm2-sm3')}` })).toMatchObject({ signed: 'unable', outcome: 'partly' })
  })
})
