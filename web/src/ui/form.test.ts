import { describe, expect, it } from 'vitest'
import { ApiError } from '@/api/client'
import { boundsOf, called, changed, entered, filled, type FormField, isBad, newCode, roleOf, shownOf, valueOf, wrongBy, wrongIn } from './form'

const field = (more: object) => ({ name: 'x', zh: '甲', en: 'x', type: 'text', needed: false, choices: [], unit: null, least: null, most: null, ...more }) as never
const t = (key: string, named: Record<string, unknown> = {}) => `${key} ${Object.values(named).join(' ')}`.trim()
const zh = (f: { zh: string }) => f.zh

describe('an answer as it is shown', () => {
  it('has its unit, and a dash where nothing is known', () => {
    expect(shownOf(field({ unit: 'kg' }), 800, t, zh)).toBe('800 kg')
    for (const nothing of [undefined, null, '', []]) expect(shownOf(field({ unit: 'kg' }), nothing, t, zh)).toBe('—')
  })
  it('says yes and no in words, and several values in a row', () => {
    expect(shownOf(field({}), false, t, zh)).toBe('form.no')
    expect(shownOf(field({}), ['休息', '下棋'], t, zh)).toBe('休息、下棋')
  })
})

it('a choice has its name in either language, and its own where it has none', () => {
  const en = (f: { en: string }) => f.en
  const uses = field({ choices: ['休息', '下棋'], choices_en: ['rest', 'chess'] })
  expect(shownOf(uses, ['下棋', '休息'], t, en)).toBe('chess, rest')
  expect([called(uses, '下棋', zh), called(uses, '别的', en), called(field({ choices: ['A'] }), 'A', en)]).toEqual(['下棋', '别的', 'A'])
})

describe('what is typed', () => {
  it('is a number where one is asked for, and stays as it is where it is none', () => {
    expect(valueOf(field({ type: 'whole' }), ' 12 ')).toBe(12)
    expect(valueOf(field({ type: 'number' }), '1.5kg')).toBe('1.5kg')
    expect(valueOf(field({}), '12')).toBe('12')
    expect(valueOf(field({ type: 'number' }), '  ')).toBeUndefined()
  })
  it('is wrong where it is missing, no number, not whole or out of bounds', () => {
    const wrong = (more: object, x: unknown) => wrongIn([field(more)], { x }, t, zh)['x'] ?? ''
    expect(wrong({ needed: true }, '')).toBe('form.needed 甲')
    expect(wrong({ needed: true, type: 'check' }, false)).toBe('')
    expect(wrong({ type: 'number' }, 'drei')).toBe('form.wrongNumber')
    expect(wrong({ type: 'whole' }, 2.5)).toBe('form.whole')
    expect(wrong({ type: 'whole', least: 1, most: 12 }, 13)).toBe('form.between 1 12')
    expect(wrong({ type: 'number', least: 0 }, 0)).toBe('')
  })
})

describe('what is sent', () => {
  const fields = [field({ name: 'a' }), field({ name: 'b', type: 'check' }), field({ name: 'c', type: 'many' })]
  it('leaves out what is empty and whatever no field asks for', () => expect(filled(fields, { a: ' x ', b: false, c: [], d: 1 })).toEqual({ a: 'x', b: false }))
  it('of a change is what differs; what was emptied is taken out', () => {
    expect(changed(fields, { a: 'x', b: true, c: ['p'] }, { a: '', b: true, c: ['p', 'q'] })).toEqual({ a: null, c: ['p', 'q'] })
    expect(changed(fields, { a: 'x' }, { a: 'x', c: [] })).toEqual({})
  })
})

it('the server names the field that is wrong', () => {
  expect(wrongBy(new ApiError(422, 'thing.attribute', '应为整数', 'whole', { field: 'a' }), 'zh')).toEqual({ a: '应为整数' })
  expect(wrongBy(new ApiError(409, 'thing.changed', '改过', 'changed', { n: 2 }), 'zh')).toEqual({})
})

it('bounds are said of one side, of both, or not', () => {
  expect(boundsOf(field({ least: 1 }), t)).toBe('form.least 1')
  expect(boundsOf(field({ least: 1, most: 3 }), t)).toBe('form.between 1 3')
  expect(boundsOf(field({}), t)).toBe('')
})

describe('a kind', () => {
  const field = (name: string, more: Partial<FormField> = {}): FormField => ({ name, zh: name, en: name, type: 'text', needed: false, choices: [], choices_en: [], bad: [], by_step: false, unit: null, least: null, most: null, ...more })
  const kind = (more: object) => ({ fields: [], called: [], code_new: null, ...more }) as unknown as Parameters<typeof entered>[0]
  it('asks at first for what no step fills in', () => {
    const fields = [field('what', { needed: true }), field('sized_on', { by_step: true }), field('class', { by_step: true, needed: true })]
    expect(entered(kind({ fields })).map((f) => f.name)).toEqual(['what', 'class'])
  })
  it('makes up a code only where nobody hands codes out', () => {
    expect(newCode(kind({ code_new: 'XG{day}-{n}' }), '2026-11-28', () => 0)).toBe('XG20261128-22222')
    expect([newCode(kind({}), '2026-11-28'), newCode(undefined, '2026-11-28')]).toEqual(['', ''])
  })
  it('knows which answer says that something is wrong', () => {
    const fields = [field('doors', { bad: ['异常'] })]
    expect([isBad(fields, { doors: '正常' }), isBad(fields, { doors: '异常' }), isBad(fields, {})]).toEqual([false, true, false])
  })
  it('calls a party by its own word', () => {
    const called = [{ name: 'owner', zh: '建设单位', en: 'Client' }]
    expect([roleOf(kind({ called }), 'owner', (x) => x.zh), roleOf(kind({ called }), 'keeper', (x) => x.zh)]).toEqual(['建设单位', 'keeper'])
  })
})
