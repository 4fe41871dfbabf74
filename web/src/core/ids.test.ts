import { describe, expect, it } from 'vitest'
import { namedId, newId, recordNumber } from './ids'

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

it('the same name is the same id as on the server', async () => {
  expect(await namedId('thing:elevator:梯11沪B00001(03)')).toBe('f60aca3f-ac43-5571-a9fa-2ffed4cb74ad')
  expect(recordNumber('f60aca3f-ac43-5571-a9fa-2ffed4cb74ad')).toBe('D4CB74AD')
})
