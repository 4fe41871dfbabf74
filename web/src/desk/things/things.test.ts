import { describe, expect, it } from 'vitest'
import { dueWords, shownOf, upper } from './things'

const field = (more: object) => ({ name: 'x', zh: '甲', en: 'x', type: 'text', needed: false, choices: [], unit: null, least: null, most: null, ...more }) as never

describe('an attribute as it is shown', () => {
  it('has its unit, and a dash where nothing is known', () => {
    expect(shownOf(field({ unit: 'kg' }), 800, '是', '否')).toBe('800 kg')
    for (const nothing of [undefined, null, '']) expect(shownOf(field({ unit: 'kg' }), nothing, '是', '否')).toBe('—')
  })
  it('says yes and no in words, and several values in a row', () => {
    expect(shownOf(field({}), false, '是', '否')).toBe('否')
    expect(shownOf(field({}), ['休息', '下棋'], '是', '否')).toBe('休息、下棋')
  })
})

describe('when something is due', () => {
  const now = Date.parse('2026-11-29T09:00:00Z')
  it('says the year where it is another', () => {
    expect(dueWords('2026-12-02T09:00:00Z', now, 'Asia/Shanghai', () => '12-02 17:00')).toBe('12-02 17:00')
    expect(dueWords('2026-12-31T16:30:00Z', now, 'Asia/Shanghai', () => 'no')).toBe('2027-01-01')
  })
})

it('begins with a capital', () => expect(upper('lift')).toBe('Lift'))
