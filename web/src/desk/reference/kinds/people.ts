import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { newId } from '@/core/ids'
import { instantOf } from '@/core/time'
import { bring, exportsOf, query, zoneNow, type Kind } from '../kind'

type Person = Schemas['Person']
type Post = Schemas['HeldPost']
type Certificate = Schemas['Certificate']

const POSTS = ['inspector', 'coordinator', 'grid_chief', 'operator', 'dispatcher', 'handler', 'verifier', 'supervisor', 'assessor', 'commander', 'system_admin', 'security_admin', 'audit_admin', 'auditor']
const PURPOSES = ['callback', 'check', 'duty', 'complaint', 'oversight', 'other']
const day = (local: string) => (local ? instantOf(local, '00:00', zoneNow()) : null)
const postKinds = { type: 'choice' as const, choices: (say: { post: (kind: string) => string }) => POSTS.map((value) => ({ value, say: say.post(value) })) }

export const people: Kind = {
  name: 'people',
  group: 'people',
  filters: [{ key: 'unit', type: 'unit', first: (now) => now.unit }, { key: 'search', type: 'text' }],
  list: async (asked, after) => {
    const rows = await ask<Person[]>(query('/api/people', { ...asked, limit: '100', after }))
    return { rows, next: rows.length === 100 ? rows.at(-1)!.id : null }
  },
  idOf: (p: Person) => p.id,
  columns: [
    { key: 'name', show: (p: Person) => p.name },
    { key: 'login', show: (p: Person) => p.login ?? '—', mono: true },
    { key: 'phone', show: (p: Person) => p.phone ?? '—', mono: true },
    { key: 'wecom', show: (p: Person) => p.wecom ?? '—' },
    { key: 'added', show: (p: Person, say) => say.day(p.added_at) },
  ],
  parts: async (p: Person) => {
    const [posts, certificates] = await Promise.all([ask<Post[]>(`/api/people/${p.id}/posts`), ask<Certificate[]>(`/api/people/${p.id}/certificates`)])
    return [
      { key: 'posts', rows: posts, columns: [
        { key: 'post', show: (o: Post, say) => `${say.post(o.kind)} · ${o.unit_name}` },
        { key: 'standing', show: (o: Post, say) => say.t(o.effective ? 'reference.counts' : 'reference.countsNot'), tone: (o: Post) => (o.effective ? 'good' : '') },
        { key: 'valid', show: (o: Post, say) => `${say.day(o.since)} – ${o.until ? say.day(o.until) : ''}` },
      ], acts: [{ key: 'revokePost', path: '/api/posts/revoke', grave: true, fields: [], command: (_, o: Post) => ({ post_id: o.id }) }] },
      { key: 'certificates', rows: certificates, columns: [
        { key: 'certificate', show: (c: Certificate, say) => say.post(c.kind) },
        { key: 'valid', show: (c: Certificate, say) => `${say.day(c.issued_at)} – ${say.day(c.expires_at)}` },
        { key: 'revoked', show: (c: Certificate, say) => (c.revoked_at ? say.day(c.revoked_at) : ''), tone: () => 'late' },
      ], acts: [{ key: 'revokeCertificate', path: '/api/certificates/revoke', grave: true, fields: [], command: (_, c: Certificate) => ({ certificate_id: c.id }) }] },
    ]
  },
  acts: [{
    key: 'addPerson', path: '/api/people',
    fields: [{ key: 'name', type: 'text' }, { key: 'login', type: 'text' }, { key: 'phone', type: 'text', optional: true }, { key: 'wecom', type: 'text', optional: true }],
    command: (v) => ({ person_id: newId(), name: v['name'], login: v['login'], phone: v['phone'] || null, wecom: v['wecom'] || null }),
  }, bring('/api/people/import', 'people')],
  exports: (asked) => exportsOf('/api/people/export', { unit: asked['unit'] ?? '' }),
  rowActs: [
    {
      key: 'grantPost', path: '/api/posts',
      fields: [{ key: 'post', ...postKinds, first: () => 'inspector' }, { key: 'unit_id', type: 'unit', first: (_, asked) => asked['unit'] }, { key: 'until', type: 'day', optional: true }],
      command: (v, p: Person) => ({ post_id: newId(), person_id: p.id, kind: v['post'], unit_id: v['unit_id'], until: day(v['until']) }),
    },
    {
      key: 'giveCertificate', path: '/api/certificates',
      fields: [{ key: 'post', ...postKinds, first: () => 'inspector' }, { key: 'expires', type: 'day' }],
      command: (v, p: Person) => ({ certificate_id: newId(), person_id: p.id, kind: v['post'], expires_at: day(v['expires']) }),
    },
    {
      key: 'unmask', path: '/api/people/unmask',
      fields: [{ key: 'purpose', type: 'choice', first: () => 'duty', choices: (say) => PURPOSES.map((value) => ({ value, say: say.t(`reference.purpose_${value}`) })) }, { key: 'words', type: 'long' }],
      command: (v, p: Person) => ({ person_id: p.id, purpose: v['purpose'], words: v['words'] }),
      report: (r: { name: string; phone: string | null; wecom: string | null }, say) => ({ say: say.t('reference.unmasked', { name: r.name, phone: r.phone ?? '—', wecom: r.wecom ?? '—' }) }),
    },
    { key: 'erase', path: '/api/people/erase', grave: true, fields: [], command: (_, p: Person) => ({ person_id: p.id }) },
  ],
}
