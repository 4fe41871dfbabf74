import { describe, expect, it } from 'vitest'
import { findNonce, sha256 } from './sha256'

const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

describe('SHA-256', () => {
  it('is what the standard says', () => {
    expect(hex(sha256(new TextEncoder().encode('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
  it('agrees with the browser on every length around a block', async () => {
    for (let n = 0; n < 200; n += 1) {
      const data = Uint8Array.from({ length: n }, (_, i) => (i * 7 + n) & 255)
      expect(hex(sha256(data))).toBe(hex(new Uint8Array(await crypto.subtle.digest('SHA-256', data))))
    }
  })
  it('finds work that holds', () => {
    const nonce = findNonce('ticket:id', 10)
    const digest = sha256(new TextEncoder().encode(`ticket:id:${nonce}`))
    expect([digest[0], digest[1]! >> 6]).toEqual([0, 0])
  })
})
