import { describe, expect, it } from 'vitest'
import { newId } from './ids'

describe('newId', () => {
  it('is a UUIDv7 that says when it was made', () => {
    const id = newId(Date.UTC(2026, 10, 28))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 28))
  })

  it('never comes twice, and sorts by time', () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => newId(1_700_000_000_000 + n))
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
  })
})
