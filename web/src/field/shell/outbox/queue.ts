import { newId } from '@/core/ids'
import type { Draft, FieldDb, Item, Photo, PhotoRef, Problem } from '../db'

/** What stands in the phone's store, and how it changes. Every function is one transaction: done, or not at all. */

export class FullStorage extends Error {}

/** Vue's proxies cannot be stored; what a page hands over is stored as the plain values it holds. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

function full(fault: unknown): never {
  const said = fault as { name?: string; inner?: { name?: string }; message?: string } | null
  const quota = [said?.name, said?.inner?.name].includes('QuotaExceededError') || /quota/i.test(said?.message ?? '')
  throw quota ? new FullStorage() : fault
}

/** Keep a photo or a voice note and the draft that it belongs to, together: whatever the phone does next, both are there. */
export async function keepPhoto(db: FieldDb, draft: Draft, photo: Photo, kind: PhotoRef['kind']): Promise<Draft> {
  const grown = plain<Draft>({ ...draft, photos: [...draft.photos.filter((p) => p.sha256 !== photo.sha256), { sha256: photo.sha256, kind }] })
  await db.transaction('rw', db.photos, db.drafts, async () => {
    const known = await db.photos.get(photo.sha256)
    await db.photos.put(known ?? photo)
    await db.drafts.put(grown)
  }).catch(full)
  return grown
}

export async function keepDraft(db: FieldDb, draft: Draft): Promise<void> {
  await db.drafts.put(plain(draft)).catch(full)
}

/** Out of the draft, and off the phone if nothing else there shows it. */
export async function dropPhoto(db: FieldDb, draft: Draft, kind: PhotoRef['kind']): Promise<Draft> {
  const left = plain<Draft>({ ...draft, photos: draft.photos.filter((p) => p.kind !== kind) })
  await db.transaction('rw', db.items, db.drafts, db.photos, async () => {
    await db.drafts.put(left)
    await forgetPhotos(db, draft.photos.filter((p) => p.kind === kind))
  }).catch(full)
  return left
}

export interface Wanted {
  owner: string
  act: string
  path: string
  command: Record<string, unknown>
  photos: PhotoRef[]
  form: Record<string, unknown>
  case: string
  about?: 'thing' | 'round' | 'shift'
  title: string
  place: string
}

/** Into the queue; the draft that it was made of goes, in the same instant. */
export async function enqueue(db: FieldDb, wanted: Wanted, now: number, draft?: string): Promise<Item> {
  const item: Item = { ...plain(wanted), id: newId(now), state: 'waiting', at: now, tries: 0, nextAt: 0, problem: null, standing: null, answer: null, shownAt: null }
  await db.transaction('rw', db.items, db.drafts, async () => {
    await db.items.add(item)
    if (draft) await db.drafts.delete(draft)
  }).catch(full)
  return item
}

/** Back to a draft, to be changed: under new ids, for the server may have seen the old. */
export async function backToDraft(db: FieldDb, item: Item, now: number): Promise<Draft> {
  const isNew = item.act === 'report' || item.act === 'add-thing'
  const [id, form] = isNew ? [newId(now), { ...item.form, caseId: newId(now) }] : [`${item.act}:${item.case}`, item.form]
  const draft: Draft = { id, owner: item.owner, act: item.act, case: isNew ? null : item.case, at: now, photos: item.photos, form, problem: item.problem }
  await db.transaction('rw', db.items, db.drafts, async () => {
    await db.items.delete(item.id)
    await db.drafts.put(draft)
  })
  return draft
}

export async function markShown(db: FieldDb, id: string, now: number): Promise<void> {
  await db.items.where({ id }).and((i) => i.state === 'received' && i.shownAt === null).modify({ shownAt: now })
}

/** Give up an item that was not taken in, or clear away one whose number has been shown. */
export async function drop(db: FieldDb, id: string): Promise<boolean> {
  return db.transaction('rw', db.items, db.drafts, db.photos, async () => {
    const item = await db.items.get(id)
    if (!item || item.state === 'sending' || (item.state === 'received' && item.shownAt === null)) return false
    await db.items.delete(id)
    await forgetPhotos(db, item.photos)
    return true
  })
}

export async function dropDraft(db: FieldDb, id: string): Promise<void> {
  await db.transaction('rw', db.items, db.drafts, db.photos, async () => {
    const draft = await db.drafts.get(id)
    await db.drafts.delete(id)
    if (draft) await forgetPhotos(db, draft.photos)
  })
}

/** Photos go when nothing on the phone shows them any more. */
async function forgetPhotos(db: FieldDb, photos: PhotoRef[]): Promise<void> {
  const still = new Set<string>()
  await db.items.each((i) => i.photos.forEach((p) => still.add(p.sha256)))
  await db.drafts.each((d) => d.photos.forEach((p) => still.add(p.sha256)))
  await db.photos.bulkDelete(photos.map((p) => p.sha256).filter((sha) => !still.has(sha)))
}

/** Clear away what was received and seen so long ago. */
export async function sweep(db: FieldDb, before: number): Promise<number> {
  const old = await db.items.where({ state: 'received' }).and((i) => i.shownAt !== null && i.shownAt < before).primaryKeys()
  for (const id of old) await drop(db, id)
  return old.length
}

/** Try again at once what was refused, as it is (the person has put right what stood in the way). */
export async function again(db: FieldDb, id: string): Promise<void> {
  await db.items.where({ id }).and((i) => i.state !== 'received').modify({ state: 'waiting', nextAt: 0, problem: null as Problem | null, standing: null })
}
