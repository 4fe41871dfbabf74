import { describe, expect, it } from 'vitest'

const files = import.meta.glob<Record<string, Record<string, unknown>>>('./{zh,en}/*.ts', { eager: true })
const HAN = /[\u4e00-\u9fff]/

function flat(words: unknown, at = ''): [string, string][] {
  return typeof words === 'string'
    ? [[at, words]]
    : Object.entries(words as Record<string, unknown>).flatMap(([key, below]) => flat(below, at ? `${at}.${key}` : key))
}
const names = [...new Set(Object.keys(files).map((path) => path.split('/').at(-1)!))]
const said = (language: 'zh' | 'en', name: string) => flat(files[`./${language}/${name}`]?.[language] ?? {})
const slots = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe.each(names)('words of %s', (name) => {
  it('stand in both languages under the same keys, with the same slots', () => {
    const [zh, en] = [new Map(said('zh', name)), new Map(said('en', name))]
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort())
    for (const [key, text] of zh) expect([key, slots(en.get(key)!)]).toEqual([key, slots(text)])
  })

  it('are in their language, and none is empty', () => {
    for (const [key, text] of said('en', name)) expect([key, text.trim() !== '' && (key === 'brand' || !HAN.test(text))]).toEqual([key, true])
    for (const [key, text] of said('zh', name)) expect([key, text.trim()]).not.toEqual([key, ''])
  })
})

it('no two files say the same thing under one name', () => {
  const tops = names.flatMap((name) => Object.keys(files[`./zh/${name}`]?.['zh'] ?? {}))
  expect(tops.length).toBe(new Set(tops).size)
})
