import { reactive } from 'vue'
import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { session } from '@/ui/session'
import { db } from '../shell/db'
import { keep, kept, known, mine } from '../shell/kept'
import { net } from '../shell/person'
import { readTag, type Read } from './tag'

/** Things of the register on the phone: those seen lately and those that are due are kept for where there is no network. */

export type Kind = Schemas['KindForm']
export type File = Schemas['ThingFile']
export type Owed = Schemas['Obligation']
export type Row = Schemas['ThingRow']
export type Step = Schemas['StepForm']

/** A thing as the phone knows it; `tags`: by which it is found without a network. */
export interface Pocket { file: File; owed: Owed[]; tags: string[]; at: number }
/** One of those seen lately, the last first. */
export interface Seen { id: string; kind: string; code: string; name: string; place: string; lon: number; lat: number; at: number }

const DAY = 86_400_000
const SEEN = 60
const ALONG = 40
const NEAR_M = 800

export const getKinds = async (): Promise<Kind[]> => (await known<Kind[]>(mine('kinds'), '/api/kinds', DAY / 24)) ?? []
export const keptThing = (id: string): Promise<Pocket | null> => kept<Pocket>(`thing:${id}`)
export const listSeen = async (): Promise<Seen[]> => (await kept<Seen[]>(mine('things'))) ?? []

export async function loadThing(id: string): Promise<Pocket> {
  const [file, owed, tags] = await Promise.all([
    ask<File>(`/api/things/${id}`), ask<Schemas['PageObligation']>(`/api/owed?thing=${id}`), ask<Schemas['Tag'][]>(`/api/things/${id}/tags`),
  ])
  const pocket = { file, owed: owed.items, tags: tags.map((tag) => tag.uid), at: Date.now() }
  await keep(`thing:${id}`, pocket)
  return pocket
}

/** It was looked at: it stays on the phone while it is among the last. */
export async function remember({ file: { thing } }: Pocket): Promise<void> {
  const one: Seen = { id: thing.id, kind: thing.kind, code: thing.code, name: thing.name, place: thing.address || thing.unit_name, lon: thing.lon, lat: thing.lat, at: Date.now() }
  await keep(mine('things'), [one, ...(await listSeen()).filter((s) => s.id !== one.id)].slice(0, SEEN))
}

export interface Due { items: Owed[]; at: number }
const isDue = (owed: Owed): boolean => owed.state !== 'owed'

/** What is due or lapsed of what my own units owe, and of what stands near, mine first; as it was last known where there is no network. */
export async function loadDue(at: { lon: number; lat: number } | null): Promise<Due | null> {
  const key = mine('due')
  if (net.online) {
    const units = [...new Set((session.me?.posts ?? []).map((p) => p.unit_id))]
    const asked = [...units.map((u) => `unit=${u}`), ...(at ? [`near=${at.lon},${at.lat}&radius=${NEAR_M}`] : [])]
    const pages = await Promise.all(asked.map((q) => ask<Schemas['PageObligation']>(`/api/owed?limit=200&${q}`))).catch(() => null)
    if (pages) {
      const all = new Map(pages.flatMap((p) => p.items.filter(isDue)).map((o) => [`${o.thing_id} ${o.rule_id}`, o]))
      const own = (o: Owed): number => (units.includes(o.unit_id) ? 0 : 1)
      const items = [...all.values()].sort((a, b) => own(a) - own(b) || Date.parse(a.due_at) - Date.parse(b.due_at))
      await keep(key, items)
      return { items, at: Date.now() }
    }
  }
  const old = await db.kept.get(key)
  return old ? { items: old.value as Owed[], at: old.at } : null
}

/** The files of what is due first, and of those seen lately; others are let go. */
export async function takeThingsAlong(due: Owed[]): Promise<void> {
  const wanted = [...new Set([...due.map((o) => o.thing_id).slice(0, ALONG), ...(await listSeen()).map((s) => s.id)])]
  for (const id of wanted.slice(0, ALONG)) if (net.online && !(await keptThing(id))) await loadThing(id).catch(() => null)
  const drafts = await db.drafts.toArray()
  const items = await db.items.where('state').notEqual('received').toArray()
  const used = new Set([...wanted, ...drafts.map((d) => d.case), ...items.map((i) => i.case)])
  const old = (await db.kept.toCollection().primaryKeys()).filter((k) => k.startsWith('thing:') && !used.has(k.slice(6)))
  await db.kept.bulkDelete(old)
}

export type Visit = Schemas['CareVisit']
/** Whom I should look after; never kept on the phone, so nobody without a network. */
export const loadVisits = async (): Promise<Visit[]> => (net.online ? await ask<Visit[]>('/api/homes/visits').catch(() => []) : [])

export const findNear = (at: { lon: number; lat: number }, radius: number): Promise<Row[]> =>
  ask<Schemas['PageThingRow']>(`/api/things?limit=200&radius=${radius}&near=${at.lon},${at.lat}`).then((page) => page.items)
export const findByWords = (q: string): Promise<Row[]> => ask<Schemas['PageThingRow']>(`/api/things?limit=50&q=${encodeURIComponent(q)}`).then((page) => page.items)

/** The tag that was read last, until it is used: of which thing, where that is known. */
export const tapped = reactive({ read: null as Read | null, thing: null as string | null, at: 0 })

/** Of which thing a tag or code is: by what the phone holds, else by the server. Null: of none that is known here. */
export async function findThing(read: Read): Promise<string | null> {
  const found = await findOwn(read)
  if (found || !net.online) return found
  if (read.picc) return (await ask<Schemas['Tagged']>(`/api/tap?picc=${read.picc}`).catch(() => null))?.thing_id ?? null
  const tagged = read.uid ? await ask<Schemas['Tagged']>(`/api/tags/${read.uid}`).catch(() => null) : null
  if (tagged || !read.code) return tagged?.thing_id ?? null
  return (await findByWords(read.code).catch(() => [])).find((row) => row.code === read.code)?.id ?? null
}
async function findOwn(read: Read): Promise<string | null> {
  for (const key of (await db.kept.toCollection().primaryKeys()).filter((k) => k.startsWith('thing:'))) {
    const pocket = await kept<Pocket>(key)
    if (pocket && ((read.uid && pocket.tags.includes(read.uid)) || (read.code && pocket.file.thing.code === read.code))) return pocket.file.thing.id
  }
  return null
}

/** A tag was read: what it says is kept for the check-in; answers with the thing's id. */
export async function tap(text: string, serial = ''): Promise<string | null> {
  const read = readTag(text, serial)
  const thing = await findThing(read)
  if (read.reading) Object.assign(tapped, { read, thing, at: Date.now() })
  return thing
}
