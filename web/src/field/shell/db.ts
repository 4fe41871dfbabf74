import Dexie, { type Table } from 'dexie'

/** What the phone itself keeps (IndexedDB). Times are ms; photos are bytes, for some web views lose blobs. */

export type PhotoKind = 'near' | 'far' | 'check' | 'handled' | 'verified'
export type ItemState = 'waiting' | 'sending' | 'received' | 'conflict' | 'returned'

/** What is used: a photo, or a voice note, which is kept and sent as photos are. */
export interface PhotoRef {
  sha256: string
  kind: PhotoKind | 'voice'
}
export const isPhoto = (ref: PhotoRef): ref is { sha256: string; kind: PhotoKind } => ref.kind !== 'voice'

export interface Position {
  lon: number
  lat: number
  /** metres */
  accuracy: number
  at: number
}

/** A photo as it will be sent, and where and when it was taken; or (`sound`) a voice note, of which type and how many seconds. */
export interface Photo {
  sha256: string
  owner: string
  bytes: ArrayBuffer
  at: number
  position: Position | null
  uploaded: 0 | 1
  sound?: { type: string; seconds: number }
}

export interface Problem {
  status: number
  code: string
  zh: string
  en: string
  detail: Record<string, unknown>
}

/** How a case stands, as far as a person must know to decide. */
export interface Standing {
  number: string
  step: string
  who: string
}

/** One act on its way to the server. `id` is the command's id: the same for every try, so that it is done once. */
export interface Item {
  id: string
  owner: string
  /** the act, as in its path: report, take, verify… */
  act: string
  path: string
  command: Record<string, unknown>
  photos: PhotoRef[]
  /** what the person filled in, for when it comes back to be changed */
  form: Record<string, unknown>
  case: string
  /** it is about a thing of the register, whose id stands in `case`, about a grid of a round (round/grid), or a walk */
  about?: 'thing' | 'round' | 'shift'
  title: string
  place: string
  state: ItemState
  at: number
  tries: number
  nextAt: number
  problem: Problem | null
  standing: Standing | null
  answer: { id: string; number: string; step: string } | null
  /** when the server's number was shown to the person; nothing is deleted before */
  shownAt: number | null
}

/** Where on the phone stands what it is about. */
export const pathOf = (item: Pick<Item, 'about' | 'case'>): string => (item.about === 'shift' ? '/patrol' : `/${item.about === 'thing' ? 'things' : item.about === 'round' ? 'rounds-of-mine' : 'tasks'}/${item.case}`)

/** What somebody has begun: a report (`case` null), or an act on a case. */
export interface Draft {
  id: string
  owner: string
  act: string
  case: string | null
  at: number
  photos: PhotoRef[]
  form: Record<string, unknown>
  problem: Problem | null
}

/** What came from the server and is worth having offline, with its age. */
export interface Kept {
  key: string
  value: unknown
  at: number
}

export class FieldDb extends Dexie {
  declare items: Table<Item, string>
  declare photos: Table<Photo, string>
  declare drafts: Table<Draft, string>
  declare kept: Table<Kept, string>

  constructor(name = 'yiwang-field') {
    super(name)
    this.version(1).stores({ items: 'id, owner, state, case, [owner+state]', photos: 'sha256, owner', drafts: 'id, owner', kept: 'key' })
  }
}

export const db = new FieldDb()
