import { describe, expect, it } from 'vitest'
import { changesOf, columnsOf, dueWords } from './things'

const field = (more: object) => ({ name: 'x', zh: '甲', en: 'x', type: 'text', needed: false, choices: [], unit: null, least: null, most: null, ...more }) as never

describe('when something is due', () => {
  const now = Date.parse('2026-11-29T09:00:00Z')
  it('says the year where it is another', () => {
    expect(dueWords('2026-12-02T09:00:00Z', now, 'Asia/Shanghai', () => '12-02 17:00')).toBe('12-02 17:00')
    expect(dueWords('2026-12-31T16:30:00Z', now, 'Asia/Shanghai', () => 'no')).toBe('2027-01-01')
  })
})

describe('what a change changed', () => {
  const kind = { states: [{ name: 'in_use', zh: '在用', en: 'in use' }], fields: [field({ name: 'load', zh: '载重', unit: 'kg' }), field({ name: 'use', zh: '场所' })], called: [{ name: 'maintainer', zh: '维保单位' }] } as never
  const say = { t: (key: string) => key, te: (key: string) => key === 'things.plain.name', named: (x: { zh: string }) => x.zh }
  it('is said field by field, whether an import gave attributes whole or a form one by one', () => {
    expect(changesOf({ name: 'a', 'attributes.load': 8 }, { name: 'b', 'attributes.load': 9, state: 'in_use' }, kind, say)).toEqual([
      { name: 'name', what: 'things.plain.name', before: 'a', after: 'b' },
      { name: 'attributes.load', what: '载重', before: '8 kg', after: '9 kg' },
      { name: 'state', what: 'state', before: '—', after: '在用' },
    ])
    expect(changesOf({ attributes: { load: 8, use: 'x' } }, { attributes: { load: 8, use: 'y', odd: 1 } }, kind, say).map((c) => [c.what, c.before, c.after])).toEqual([['场所', 'x', 'y'], ['odd', '—', '1']])
    expect(changesOf({ parties: { maintainer: null } }, { parties: { maintainer: '物业' } }, kind, say).map((c) => [c.what, c.before, c.after])).toEqual([['维保单位', '—', '物业']])
  })
})

it('a list shows first what is one of a few', () => {
  const fields = [field({ name: 'a', needed: true }), field({ name: 'b', needed: true, type: 'choice' }), field({ name: 'c' })]
  expect(columnsOf({ fields } as never).map((f) => f.name)).toEqual(['b', 'a'])
})
