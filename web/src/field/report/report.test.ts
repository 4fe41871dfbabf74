import { describe, expect, it } from 'vitest'
import type { PocketMatter } from '../shell/kept'
import { EMPTY, lacks, saying, toCommand, type ReportForm } from './form'
import { keyOf, readCode, search, suggest } from './matters'

const matter = (code: string, name: string, english: string, ...conditions: string[]): PocketMatter =>
  ({ scheme: 'S', kind: 'matter', code, major: '市容', name, english, conditions: conditions.map((text, n) => ({ id: `${code}-${n}`, text, limit_text: '5天', seasonal: null })) }) as PocketMatter
const cover = matter('01001', '供水井盖', 'water-supply manhole cover', '缺失', '异响')
const rubbish = matter('02001', '暴露垃圾', 'exposed rubbish', '未及时清理')
const bikes = matter('06051', '非机动车乱停放', 'bicycles parked badly')
const all = [cover, rubbish, bikes]
const at = { lon: 121.48, lat: 31.21 }
const seen = (m: PocketMatter, lat: number) => ({ matter_code: m.code, matter_name: m.name, lon: 121.48, lat })

describe('what it may be', () => {
  it('what one reports oneself comes first, with its condition, and sooner in the same grid', () => {
    const uses = [{ key: keyOf(rubbish), condition: '02001-0', grid: 'B' }, { key: keyOf(cover), condition: '01001-1', grid: 'A' }]
    expect(suggest(all, uses, [], at, 'A').map((s) => [s.matter.code, s.condition?.text])).toEqual([['01001', '异响'], ['02001', '未及时清理']])
    expect(suggest(all, uses, [], at, 'B')[0]!.matter).toBe(rubbish)
  })
  it('then what is found around here', () => {
    expect(suggest(all, [], [seen(rubbish, 31.3), seen(rubbish, 31.3), seen(bikes, 31.2101)], at, null).map((s) => s.matter.code)).toEqual(['06051', '02001'])
  })
  it('a condition is chosen for nobody who has a choice', () => expect(suggest(all, [], [seen(cover, 31.21)], at, null)[0]!.condition).toBeNull())
  it('what the catalogue no longer has is not offered', () => expect(suggest([bikes], [{ key: keyOf(cover), condition: null, grid: null }], [seen(rubbish, 31.21)], at, null)).toEqual([]))
  it.each([['井盖', ['01001']], ['cover', ['01001']], ['02001', ['02001']], ['市容 停放', ['06051']], ['异响', ['01001']], ['', []], ['无此事', []]])('search %s', (text, codes) =>
    expect(search(all, text).map((m) => m.code)).toEqual(codes))
  it.each([
    ['31010102004000021', { code: '31010102004000021', type: '02004' }], ['https://x.cn/c?id=3101010100100002&v=1', { code: '3101010100100002', type: '01001' }],
    ['123', null], ['310101020040000219', null],
  ])('the code in %s', (text, code) => expect(readCode(text)).toEqual(code))
})

describe('a report', () => {
  const form: ReportForm = { ...EMPTY, caseId: 'c', matter: { scheme: 'S', kind: 'matter', code: '02001', name: '暴露垃圾' }, condition: { id: 'k', text: '未及时清理' }, position: { lon: 121.48, lat: 31.21, accuracy: 8, at: 0 } }
  const near = { sha256: 'a', kind: 'near' as const }
  const after = { sha256: 'b', kind: 'handled' as const }

  it('says what it lacks, first things first', () => {
    expect(lacks({ ...EMPTY, caseId: 'c' }, [], null)).toEqual(['photo', 'place', 'matter'])
    expect(lacks(form, [near], rubbish.conditions)).toEqual([])
    expect(lacks({ ...form, condition: null }, [near], rubbish.conditions)).toEqual(['condition'])
    expect(lacks({ ...form, condition: null }, [near], [])).toEqual([])
    expect(lacks({ ...form, self: true }, [near], rubbish.conditions)).toEqual(['after'])
  })
  it('needs no words: the matter and its condition say it', () => {
    expect([saying(form), saying({ ...form, words: ' 三袋 ' })]).toEqual(['暴露垃圾：未及时清理', '三袋'])
  })
  it('shows a photo after handling only where it was handled', () => {
    expect(toCommand(form, [near, after]).photos).toEqual([near])
    expect(toCommand({ ...form, self: true }, [near, after])).toMatchObject({ photos: [near, after], self_handled: true })
  })
  it('brings a voice note, which is no photo', () => {
    const spoken = { sha256: 'c', kind: 'voice' as const }
    expect(toCommand(form, [near, spoken])).toMatchObject({ photos: [near], voice: 'c' })
    expect(toCommand(form, [near]).voice).toBeNull()
    expect(lacks(form, [spoken], rubbish.conditions)).toEqual(['photo'])
  })
  it('does not call a pin set by hand as exact as a satellite', () => expect([toCommand(form, []).accuracy_m, toCommand({ ...form, moved: true }, []).accuracy_m]).toEqual([8, null]))
})
