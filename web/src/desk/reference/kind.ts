import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { live } from '@/live/store'
import type { Report } from '../shell/told'

/**
 * What the reference editor knows of a kind of thing: how it is listed, shown and changed. A new kind is one file in `kinds/`
 * and a line in `kinds/index.ts`. Whether something may be done is never said here: the server does or refuses it.
 */

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Row = any

export interface Say {
  t: (key: string, named?: Record<string, unknown>) => string
  locale: string
  zone: string
  when: (at: string) => string
  day: (at: string) => string
  post: (kind: string) => string
}

export interface Column {
  /** its heading: `reference.col.<key>` */
  key: string
  show: (row: Row, say: Say) => string
  /** a share of the width; 1 when nothing is said */
  wide?: number
  mono?: boolean
  /** a colour for what must be seen, besides its words */
  tone?: (row: Row) => 'good' | 'late' | 'soon' | ''
}

export interface Choice {
  value: string
  say: string
}

export interface Field {
  /** its label: `reference.field.<key>` */
  key: string
  type: 'text' | 'long' | 'day' | 'time' | 'instant' | 'number' | 'choice' | 'unit' | 'person' | 'post' | 'pattern' | 'weekdays' | 'check' | 'file'
  optional?: boolean
  choices?: (say: Say) => Choice[]
  /** what stands there at first */
  first?: (row: Row | null, asked: Asked, home: string) => unknown
}

/** What the list is narrowed to. */
export interface Asked {
  [key: string]: string
}
export interface Filter {
  key: string
  type: 'text' | 'unit' | 'day' | 'choice'
  /** without it nothing is asked */
  needed?: boolean
  choices?: (say: Say) => Choice[] | Promise<Choice[]>
  first?: (now: { unit: string; today: string }) => string
}

export interface Act {
  /** its name: `reference.act.<key>` */
  key: string
  path: string
  method?: 'POST' | 'PUT' | 'DELETE'
  fields: Field[]
  command: (values: Record<string, Row>, row: Row | null, asked: Asked) => object | Promise<object>
  /** asks once more, in words, before it is done: `reference.sure.<key>` */
  grave?: boolean
  /** it brings a file, which is tried first; `dry` is what makes it only tell what it would do; `template`: an empty file to fill in */
  upload?: { dry: Record<string, string>; template?: string }
  /** what to tell of its answer, instead of that it is done */
  report?: (answer: Row, say: Say, values: Record<string, Row>) => Report
}

export interface Part {
  /** `reference.part.<key>` */
  key: string
  columns: Column[]
  rows: Row[]
  acts?: Act[]
}

export interface Kind {
  /** in the address; its words: `reference.kind.<name>` */
  name: string
  group: 'catalogue' | 'responsibility' | 'duty' | 'people' | 'units' | 'calendar'
  filters: Filter[]
  list: (asked: Asked, after: string | null) => Promise<{ rows: Row[]; next: string | null }>
  idOf: (row: Row) => string
  columns: Column[]
  /** what stands below a row in a tree */
  below?: (row: Row) => Promise<Row[]>
  hasBelow?: (row: Row) => boolean
  parts?: (row: Row) => Promise<Part[]>
  /** of the whole list, and of one row */
  acts?: Act[]
  rowActs?: Act[]
  exports?: (asked: Asked) => { say: string; path: string }[]
}

export const query = (path: string, asked: Record<string, string | null | undefined>): string => {
  const given = Object.entries(asked).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return given.length ? `${path}?${new URLSearchParams(given)}` : path
}

/** The list as a file to keep. */
export const exportsOf = (path: string, asked: Asked) => ['xlsx', 'csv'].map((kind) => ({ say: kind.toUpperCase(), path: query(`${path}.${kind}`, asked) }))

/** A file of rows brought in, whole or not at all. */
export const bring = (path: string, template: string, fields: Field[] = []): Act => ({
  key: 'import', path, upload: { dry: { dry_run: 'true' }, template },
  fields: [{ key: 'file', type: 'file' }, ...fields],
  command: (values) => Object.fromEntries(['file', ...fields.map((f) => f.key)].map((key) => [key, values[key] instanceof File ? values[key] : String(values[key])])),
  report: (r: Schemas['FileReport'] & Partial<Schemas['RosterReport']>, say) => {
    const said = [say.t(r.bad ? 'reference.mendFirst' : r.dry_run ? 'reference.wouldImport' : 'reference.imported', { rows: r.rows, bad: r.bad })]
    if (r.planned) said.push(say.t(r.dry_run ? 'reference.wouldPlan' : 'reference.planned', { planned: r.planned, kept: r.kept ?? 0 }))
    if (r.provisional) said.push(say.t('reference.provisional'))
    const { added, changed, unchanged, retired, bad } = r
    return { say: said.join('\n'), counts: { added, changed, unchanged, retired, bad }, lines: r.lines, stops: r.bad > 0 }
  },
})

/** The deployment's time zone, in which days are days. */
export const zoneNow = () => live.today.value?.zone ?? 'Asia/Shanghai'

/** Some commands name a unit by its code. */
export const codeOf = async (unit: string) => (await ask<Schemas['Unit']>(`/api/units/${unit}`)).code
