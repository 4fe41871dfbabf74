import type { Course, Evidence, Schemas } from '@/api/types'

export type Row = Schemas['DoubtRow']
export type Count = Schemas['DoubtCount']

export const keyOf = (row: Row): string => `${row.case_id} ${row.n} ${row.flag}`

/** How many acts carry each flag, or lie with each unit; most first. */
export function sumBy<K extends 'flag' | 'unit_id'>(counts: Count[], key: K): { first: Count; acts: number }[] {
  const sums = new Map<string, { first: Count; acts: number }>()
  for (const c of counts) {
    const sum = sums.get(c[key])
    if (sum) sum.acts += c.acts
    else sums.set(c[key], { first: c, acts: c.acts })
  }
  return [...sums.values()].sort((a, b) => b.acts - a.acts)
}

/** What one doubt is about: the photo of the doubted act, and where its like is: another case, or earlier in the same one. */
export interface Doubted {
  photo: Evidence | null
  elsewhere: string | null
  before: Evidence | null
}

const EARLIER = ['near', 'check', 'far']
type Time = string | null | undefined
const earliest = (a: Time, b: Time) => Date.parse(a ?? '9999-01-01') - Date.parse(b ?? '9999-01-01')

export function doubted(course: Course, row: Row): Doubted {
  const text = course.entries.find((e) => e.n === row.n)?.text ?? ''
  const shown = course.evidence.filter((e) => text.includes(e.sha256))
  const none: Doubted = { photo: null, elsewhere: null, before: null }
  if (row.flag === 'photo_reused') {
    const photo = shown.find((e) => e.reused_in) ?? null // null too where the other case is out of sight
    return { ...none, photo: photo ?? shown[0] ?? null, elsewhere: photo?.reused_in ?? null }
  }
  if (row.flag === 'photo_alike') {
    const photo = shown.find((e) => e.alike_in && e.alike_in !== course.case.id && e.alike_in !== e.reused_in) ?? null
    return { ...none, photo, elsewhere: photo?.alike_in ?? null }
  }
  if (row.flag === 'photo_unchanged') {
    const photo = shown.find((e) => e.alike_in === course.case.id) ?? null
    return { ...none, photo, before: course.evidence.find((e) => EARLIER.includes(e.kind) && e.sha256 !== photo?.sha256) ?? null }
  }
  if (row.flag === 'photo_far_away') return { ...none, photo: [...shown].sort((a, b) => (b.distance_m ?? 0) - (a.distance_m ?? 0))[0] ?? null }
  if (row.flag === 'photo_backdated') return { ...none, photo: [...shown].sort((a, b) => earliest(a.taken_at, b.taken_at))[0] ?? null }
  if (row.flag === 'photo_from_future') return { ...none, photo: [...shown].sort((a, b) => earliest(b.taken_at ?? '0001-01-01', a.taken_at ?? '0001-01-01'))[0] ?? null }
  return none
}
