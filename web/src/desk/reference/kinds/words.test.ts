import { describe, expect, it } from 'vitest'
import { en } from '@/locales/en/reference'
import { zh } from '@/locales/zh/reference'
import type { Act } from '../kind'
import { KINDS } from '.'

const acts = (all: Act[] | undefined): Act[] => all ?? []

describe.each([['zh', zh.reference], ['en', en.reference]])('every kind has its words (%s)', (_, words) => {
  const has = (of: string, key: string) => expect((words as unknown as Record<string, Record<string, string>>)[of]?.[key], `${of}.${key}`).toBeTruthy()
  it.each(KINDS.map((k) => [k.name, k] as const))('%s', (_name, kind) => {
    has('kind', kind.name)
    has('group', kind.group)
    for (const c of kind.columns) has('col', c.key)
    for (const f of kind.filters) has('field', f.key)
    for (const a of [...acts(kind.acts), ...acts(kind.rowActs)]) {
      has('act', a.key)
      if (a.grave) has('sure', a.key)
      if (a.upload) has('does', kind.name)
      for (const f of a.fields) has('field', f.key)
    }
  })
  it('has each name once', () => expect(new Set(KINDS.map((k) => k.name)).size).toBe(KINDS.length))
})
