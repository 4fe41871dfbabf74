import { reactive } from 'vue'
import { act, ApiError, ask, uploadPhoto } from '@/api/client'
import type { Schemas } from '@/api/types'
import { newId } from '@/core/ids'
import { openFeed, type LinkState } from './feed'

/**
 * Rooms as a page has them: my rooms, and the one that is open with what was said in it. The feed says which room and message
 * changed; what may be seen of it is asked for. The feed is opened first, so that nothing falls between it and what is loaded.
 */
export type RoomRow = Schemas['RoomRow']
export type RoomView = Schemas['RoomView']
export type RoomMessage = Schemas['RoomMessage']
export type MemberView = Schemas['MemberView']
export type MentionView = Schemas['MentionView']
export type Say = Omit<Schemas['SayInRoom'], 'room_id' | 'id'>

interface Change {
  room_id: string
  event: string
  n: number
  at: string
  message: string | null
}
interface Page<T> {
  items: T[]
  next: string | null
}

const state = reactive({
  link: 'connecting' as LinkState,
  now: Date.now(),
  rooms: null as RoomRow[] | null,
  more: null as string | null,
  id: null as string | null,
  view: null as RoomView | null,
  /** what was said, in its order */
  messages: [] as RoomMessage[],
  older: null as string | null,
  /** up to here had been read when the room was opened */
  readTo: 0,
  /** for whose ground this person may open a room */
  places: [] as Schemas['RoomPlace'][],
  fault: null as ApiError | null,
})

let position: number | null = null
let skew = 0
let close: (() => void) | null = null
let ticking: ReturnType<typeof setInterval> | undefined
let everything = true

const said = (fault: unknown) => (fault instanceof ApiError ? fault : new ApiError(0, 'fault', String(fault), String(fault)))
const heard = (now: string) => {
  skew = Date.parse(now) - Date.now()
  state.now = Date.parse(now)
}

async function guarded(doing: () => Promise<void>): Promise<void> {
  try {
    await doing()
    state.fault = null
  } catch (fault) {
    state.fault = said(fault)
  }
}

export async function loadRooms(): Promise<void> {
  await guarded(async () => {
    const page = await ask<Page<RoomRow>>(`/api/rooms?limit=100${everything ? '&mine=false' : ''}`)
    state.rooms = page.items
    state.more = page.next
  })
}

export async function loadMoreRooms(): Promise<void> {
  if (!state.more) return
  const cursor = state.more
  await guarded(async () => {
    const page = await ask<Page<RoomRow>>(`/api/rooms?limit=100&cursor=${cursor}${everything ? '&mine=false' : ''}`)
    state.rooms = [...(state.rooms ?? []), ...page.items]
    state.more = page.next
  })
}

/** Open a room: its members, and the newest of what was said. */
export async function openRoom(id: string | null): Promise<void> {
  Object.assign(state, { id, view: null, messages: [], older: null, fault: null })
  if (!id) return
  await guarded(async () => {
    const [view, page] = await Promise.all([ask<RoomView>(`/api/rooms/${id}`), ask<Page<RoomMessage>>(`/api/rooms/${id}/messages?limit=40`)])
    if (state.id !== id) return
    state.readTo = view.read_n
    state.view = view
    state.messages = page.items.reverse()
    state.older = page.next
  })
}

export async function loadOlder(): Promise<void> {
  const { id, older } = state
  if (!id || !older) return
  await guarded(async () => {
    const page = await ask<Page<RoomMessage>>(`/api/rooms/${id}/messages?limit=40&cursor=${older}`)
    if (state.id !== id) return
    state.messages = [...page.items.reverse(), ...state.messages]
    state.older = page.next
  })
}

/** Put messages where they belong, each as it stands now. */
export function merged(known: RoomMessage[], fresh: RoomMessage[]): RoomMessage[] {
  const by = new Map(known.map((m) => [m.n, m]))
  for (const m of fresh) by.set(m.n, m)
  return [...by.values()].sort((a, b) => a.n - b.n)
}

function put(fresh: RoomMessage[]): void {
  state.messages = merged(state.messages, fresh.filter((m) => m.room_id === state.id))
}

async function catchUp(changes: Change[]): Promise<void> {
  const { id } = state
  void loadRooms()
  if (!id || !changes.some((c) => c.room_id === id)) return
  await guarded(async () => {
    const last = state.messages.at(-1)?.n ?? 0
    const known = new Set(state.messages.map((m) => m.id))
    const named = [...new Set(changes.filter((c) => c.room_id === id && c.message && known.has(c.message)).map((c) => c.message!))]
    // A receipt names no message: whatever is open and asked may have got one.
    if (changes.some((c) => c.room_id === id && c.event === 'room.mentions_read')) {
      named.push(...state.messages.filter((m) => m.mentions.some((a) => !a.read_at)).map((m) => m.id).filter((m) => !named.includes(m)))
    }
    const some = named.slice(-100).map((m) => `message_id=${m}`).join('&')
    const [view, page, changed] = await Promise.all([
      ask<RoomView>(`/api/rooms/${id}`),
      ask<Page<RoomMessage>>(`/api/rooms/${id}/messages?after=${last}&limit=100`),
      some ? ask<RoomMessage[]>(`/api/rooms/${id}/messages/some?${some}`) : Promise.resolve([]),
    ])
    if (state.id !== id) return
    state.view = view
    put([...changed, ...page.items])
    if (changes.some((c) => c.event === 'room.told')) {
      const about = page.items.map((m) => m.reply_to).filter((m): m is string => m !== null && known.has(m))
      if (about.length) put(await ask<RoomMessage[]>(`/api/rooms/${id}/messages/some?${about.map((m) => `message_id=${m}`).join('&')}`))
    }
  })
}

/** Begin to follow; `watched`: area rooms of one's ground too, not only those one sits in. */
export function startRooms(watched: boolean): void {
  everything = watched
  position = null
  close?.()
  clearInterval(ticking)
  ticking = setInterval(() => (state.now = Date.now() + skew), 5_000)
  close = openFeed<{ position: number; now: string; rooms: Change[] }>(
    () => position,
    {
      batch: (batch) => {
        position = batch.position
        heard(batch.now)
        void catchUp(batch.rooms)
      },
      beat: (beat) => {
        position ??= beat.position
        heard(beat.now)
      },
      reload: async () => {
        position = null
        await loadRooms()
        await openRoom(state.id)
      },
      link: (link) => {
        const back = link === 'live' && state.link !== 'live' && state.rooms !== null
        state.link = link
        if (back && state.fault) void loadRooms()
      },
      failing: () => {},
    },
    '/api/rooms/feed',
  )
  void loadRooms()
  void ask<Schemas['RoomPlace'][]>('/api/rooms/places').then((places) => (state.places = places), () => null)
}

export function stopRooms(): void {
  close?.()
  close = null
  clearInterval(ticking)
  Object.assign(state, { rooms: null, id: null, view: null, messages: [] })
}

// ── acts: each answers with the room or the message as it stands then ─────────────────────────────────────────────────

export async function say(what: Say, id = newId()): Promise<void> {
  put([await act<RoomMessage>('/api/rooms/messages', { ...what, room_id: state.id, id }, id)])
}

let reading = 0
/** I have read all that is shown. */
export async function readAll(): Promise<void> {
  const { id, view } = state
  const n = state.messages.at(-1)?.n ?? 0
  if (!id || !view || view.read_n >= n || reading >= n && reading !== 0 && view.room.id === readingOf) return
  readingOf = id
  reading = n
  try {
    const now = await act<RoomView>('/api/rooms/read', { room_id: id, n })
    if (state.id === id) state.view = now
    const row = state.rooms?.find((r) => r.id === id)
    if (row) row.unread = 0
  } catch {
    /* the next look tries again */
  } finally {
    reading = 0
  }
}
let readingOf = ''

export async function finish(message: RoomMessage): Promise<void> {
  put([await act<RoomMessage>('/api/rooms/finish', { room_id: message.room_id, message_id: message.id })])
  void loadRooms()
}

export async function turnIntoCase(message: RoomMessage, report: Schemas['ReportCase']): Promise<void> {
  put([await act<RoomMessage>('/api/rooms/turn', { room_id: message.room_id, message_id: message.id, report })])
}

export async function turnIntoAssist(message: RoomMessage, unit: string, task: string): Promise<void> {
  put([await act<RoomMessage>('/api/rooms/turn-assist', { room_id: message.room_id, message_id: message.id, unit_id: unit, task })])
}

export async function erase(message: RoomMessage, reason: string): Promise<void> {
  put([await act<RoomMessage>('/api/rooms/erase', { room_id: message.room_id, message_id: message.id, reason })])
}

async function changeRoom(path: string, command: object): Promise<void> {
  const view = await act<RoomView | null>(`/api/rooms/${path}`, { room_id: state.id, ...command })
  if (view) state.view = view
  else await openRoom(null)
  await loadRooms()
}

export const mute = (muted: boolean) => changeRoom('mute', { muted })
export const closeRoom = () => changeRoom('close', {})
export const addMember = (seat: Schemas['Seat']) => changeRoom('members', { seat })
export const removeMember = (member: string) => changeRoom('members/remove', { member_id: member })

export async function makeRoom(room: Omit<Schemas['OpenRoom'], 'room_id'>): Promise<string> {
  const id = newId()
  await act<RoomView>('/api/rooms', { ...room, room_id: id }, id)
  await loadRooms()
  return id
}

/** The case's room: opened if there is none yet. */
export async function roomOfCase(caseId: string): Promise<string> {
  const view = await act<RoomView>('/api/rooms/of-case', { room_id: newId(), case_id: caseId })
  return view.room.id
}

export const addPhoto = async (photo: Blob) => (await uploadPhoto(photo)).sha256
export const photoOf = (room: string, sha: string, thumb: boolean) => `/api/rooms/${room}/photos/${sha}${thumb ? '/thumb' : ''}`

export const rooms = state
