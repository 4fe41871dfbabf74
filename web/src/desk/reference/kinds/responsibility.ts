import { ask } from '@/api/client'
import type { Answer, Schemas } from '@/api/types'
import { codeOf, exportsOf, query, type Act, type Choice, type Kind } from '../kind'
import { badOnes } from '../../shell/told'

type Line = Schemas['Line']
type Version = Schemas['Version']
type Gap = Schemas['Gap']
type Conflict = Schemas['Conflict']

const listVersions = () => ask<Version[]>('/api/responsibility')
const hours = { key: 'hours', show: (x: { hours: string }, say: { t: (key: string) => string }) => say.t(`reference.hours_${x.hours}`) }
const area = { key: 'area', show: (x: { area_name: string }) => x.area_name, wide: 1.3 }
const listsNow = async (): Promise<Choice[]> => (await listVersions()).filter((v) => v.current).map((v) => ({ value: v.list_id, say: v.unit_name }))

const bringList: Act = {
  key: 'import', path: '/api/responsibility/import', upload: { dry: { dry_run: 'true' }, template: 'responsibility' },
  fields: [{ key: 'file', type: 'file' }, { key: 'unit_id', type: 'unit', first: (_row, _asked, home) => home }, { key: 'whole', type: 'check' }],
  command: async (v) => ({ file: v['file'], unit_code: await codeOf(v['unit_id']), whole: String(v['whole']) }),
  report: (r: Schemas['ImportReport'], say) => ({
    say: say.t(r.unchanged ? 'reference.sameList' : r.dry_run ? 'reference.wouldList' : 'reference.listed', { version: r.version, rows: r.rows, bad: r.bad.length, conflicts: r.conflicts.length }),
    counts: { bad: r.bad.length }, lines: badOnes(r.bad),
  }),
}

export const lines: Kind = {
  name: 'lines',
  group: 'responsibility',
  filters: [{ key: 'list', type: 'choice', needed: true, choices: listsNow }],
  list: async (asked, after) => {
    const page = await ask<Answer<'/api/responsibility/{list_id}/lines'>>(query(`/api/responsibility/${asked['list']}/lines`, { limit: '200', cursor: after }))
    return { rows: page.items, next: page.next ?? null }
  },
  idOf: (l: Line) => l.id,
  columns: [
    { key: 'what', show: (l: Line) => l.name, wide: 2 },
    { key: 'code', show: (l: Line) => l.code ?? '', mono: true },
    area, hours,
    { key: 'lead', show: (l: Line) => l.lead_name, wide: 1.8 },
    { key: 'assists', show: (l: Line) => l.assist_names.join('、'), wide: 1.8 },
    { key: 'basis', show: (l: Line) => l.basis, wide: 1.5 },
    { key: 'valid', show: (l: Line) => [l.valid_from, l.valid_to].filter(Boolean).join(' – ') },
  ],
  acts: [bringList],
  exports: (asked) => (asked['list'] ? exportsOf(`/api/responsibility/${asked['list']}/export`, {}) : []),
}

export const gaps: Kind = {
  name: 'gaps',
  group: 'responsibility',
  filters: [{ key: 'area', type: 'unit', needed: true, first: (now) => now.unit }],
  list: async (asked) => ({ rows: await ask<Gap[]>(query('/api/responsibility/gaps', asked)), next: null }),
  idOf: (g: Gap) => [g.scheme, g.kind, g.code, g.area_id, g.hours].join(' '),
  columns: [{ key: 'what', show: (g: Gap) => g.name, wide: 2 }, { key: 'code', show: (g: Gap) => g.code, mono: true }, area, hours, { key: 'scheme', show: (g: Gap) => g.scheme }],
}

export const conflicts: Kind = {
  name: 'conflicts',
  group: 'responsibility',
  filters: [{ key: 'area', type: 'unit', needed: true, first: (now) => now.unit }],
  list: async (asked) => ({ rows: await ask<Conflict[]>(query('/api/responsibility/conflicts', asked)), next: null }),
  idOf: (c: Conflict) => `${c.list_unit} ${c.n} ${c.other_list_unit} ${c.other_n}`,
  columns: [
    { key: 'what', show: (c: Conflict) => c.name, wide: 1.6 }, area, hours,
    { key: 'says', show: (c: Conflict, say) => say.t('reference.lineOf', { n: c.n, unit: c.list_unit, lead: c.lead_name }), wide: 2 },
    { key: 'other', show: (c: Conflict, say) => say.t('reference.lineOf', { n: c.other_n, unit: c.other_list_unit, lead: c.other_lead_name }), wide: 2 },
  ],
}

export const versions: Kind = {
  name: 'versions',
  group: 'responsibility',
  filters: [],
  list: async () => ({ rows: await listVersions(), next: null }),
  idOf: (v: Version) => `${v.list_id} ${v.version}`,
  columns: [
    { key: 'list', show: (v: Version, say) => say.t('reference.versionOf', { unit: v.unit_name, n: v.version }), wide: 2 },
    { key: 'standing', show: (v: Version, say) => say.t(v.current ? 'reference.inForce' : 'reference.past'), tone: (v: Version) => (v.current ? 'good' : '') },
    { key: 'at', show: (v: Version, say) => say.when(v.at) },
    { key: 'rows', show: (v: Version) => String(v.rows) },
    { key: 'bad', show: (v: Version) => String(v.bad) },
    { key: 'source', show: (v: Version) => v.source, wide: 1.5 },
  ],
  acts: [bringList],
  rowActs: [{
    key: 'restore', path: '/api/responsibility/restore', grave: true, fields: [],
    command: async (_, row: Version) => ({ unit_code: await codeOf(row.unit_id), version: row.version }),
  }],
}
