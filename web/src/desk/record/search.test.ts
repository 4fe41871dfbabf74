import { describe, expect, it } from 'vitest'
import { fromQuery, NOTHING, toAsked, toQuery } from './search'

describe('a search', () => {
  it('stands in the address and comes back', () => {
    const search = { ...NOTHING, words: '井盖 文庙路', step: 'open', box: '1,2,3,4' }
    expect(fromQuery(toQuery(search))).toEqual(search)
    expect(fromQuery({ words: ['a', 'b'], other: 'x' })).toEqual(NOTHING)
  })
  it('is asked of the server in whole days of its zone', () => {
    const asked = toAsked({ ...NOTHING, step: 'open', late: 'no', since: '2026-11-22', until: '2026-11-22', matterName: '井盖' }, 'Asia/Shanghai')
    expect(asked.getAll('step')).toHaveLength(7)
    expect(asked.get('overdue')).toBe('false')
    expect(asked.get('since')).toBe('2026-11-21T16:00:00.000Z')
    expect(asked.get('until')).toBe('2026-11-22T16:00:00.000Z')
    expect(asked.has('matterName')).toBe(false)
  })
})
