import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { bring, query, type Kind } from '../kind'

type Member = Schemas['GroupMember']
type Seen = Schemas['Unmasking']
const GROUPS = ['alone_aged', 'alone_elder', 'aged', 'elder', 'alone', 'care']

/** Who is of a group, masked, and residents from a file; one at a time they are kept where the house is shown. */
export const residents: Kind = {
  name: 'residents',
  group: 'people',
  filters: [
    { key: 'group', type: 'choice', needed: true, first: () => 'alone_aged', choices: (say) => GROUPS.map((value) => ({ value, say: say.t(`reference.group_${value}`) })) },
    { key: 'unit', type: 'unit' },
  ],
  list: async (asked, after) => {
    const page = await ask<Schemas['PageGroupMember']>(query('/api/residents', { ...asked, limit: '100', after }))
    return { rows: page.items, next: page.next ?? null }
  },
  idOf: (m: Member) => m.id,
  columns: [
    { key: 'name', show: (m: Member) => m.name || '—' },
    { key: 'age', show: (m: Member) => String(m.age) },
    { key: 'phone', show: (m: Member) => m.phone || '—', mono: true },
    { key: 'home', show: (m: Member) => m.home, wide: 2 },
    { key: 'unit', show: (m: Member) => m.unit_name },
    { key: 'code', show: (m: Member) => m.code, mono: true, wide: 2 },
  ],
  acts: [bring('/api/residents/import', 'residents')],
}

/** Who saw personal data in clear, when and why: oneself, and for leaders all below them. */
export const unmaskings: Kind = {
  name: 'unmaskings',
  group: 'people',
  filters: [],
  list: async (_, before) => {
    const rows = await ask<Seen[]>(query('/api/unmaskings', { limit: '100', before }))
    return { rows, next: rows.length === 100 ? rows.at(-1)!.id : null }
  },
  idOf: (s: Seen) => s.id,
  columns: [
    { key: 'at', show: (s: Seen, say) => say.when(s.at) },
    { key: 'by', show: (s: Seen) => s.by_name || '—' },
    { key: 'unit', show: (s: Seen) => s.unit_name ?? '—' },
    { key: 'whose', show: (s: Seen, say) => say.t(`reference.seen_${s.what}`) },
    { key: 'purpose', show: (s: Seen, say) => say.t(`reference.purpose_${s.reason}`) },
    { key: 'words', show: (s: Seen) => s.words, wide: 2 },
  ],
}
