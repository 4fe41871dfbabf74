import { computed, reactive, watch } from 'vue'
import { ApiError, act, ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { addWords } from '@/core/i18n'
import { newId } from '@/core/ids'
import { en } from '@/locales/en/duty'
import { zh } from '@/locales/zh/duty'
import { session } from '@/ui/session'
import { net } from './person'

/**
 * On duty and off, and where the phone is meanwhile. While on duty, and only then, the position is looked up every
 * `position_every_s` seconds and told; what cannot be sent waits here, and is sent when the network is back.
 */
export type MyDuty = Schemas['MyDuty']
type Told = Schemas['Position']
type Seeking = 'off' | 'seeking' | 'found' | 'denied' | 'lost'
/** What is said of it. `sharing` only once the server has taken a position of this duty. */
export type Sharing = 'off' | 'sharing' | 'seeking' | 'denied' | 'lost' | 'offline'

export interface Here {
  lon: number
  lat: number
  /** metres */
  accuracy: number
  at: number
}

export const duty = reactive({
  mine: null as MyDuty | null,
  seeking: 'off' as Seeking,
  here: null as Here | null,
  busy: false,
  fault: null as ApiError | null,
  /** whether the server has a position of ours, and whether it could be reached last */
  told: false,
  away: false,
})
export const onDuty = computed(() => duty.mine?.on ?? null)
export const sharing = computed<Sharing>(() => {
  if (!onDuty.value) return 'off'
  if (duty.seeking === 'denied') return 'denied'
  if (!net.online || duty.away) return 'offline'
  if (duty.seeking === 'lost') return 'lost'
  return duty.told && duty.seeking === 'found' ? 'sharing' : 'seeking'
})

const KEPT = 'yiwang.field.duty'
const MOST = 200
let person = ''
let waiting: Told[] = []
let timer: ReturnType<typeof setInterval> | undefined
let sending = false

addWords(zh, en)

/** Follow whoever works with this phone: theirs begins when they sign in, and nothing of it goes on when they leave. */
export function followPerson(then: () => void): void {
  watch(
    () => (net.signIn ? '' : (session.me?.id ?? '')),
    (id) => {
      if (!id) return forget()
      void loadDuty(id)
      then()
    },
    { immediate: true },
  )
}

/** For whoever is signed in now; what the phone knew last until the server has answered. */
async function loadDuty(id: string): Promise<void> {
  if (id !== person) forget()
  person = id
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as { person: string; mine: MyDuty } | null
  if (!duty.mine && kept?.person === id) take(kept.mine)
  try {
    take(await ask<MyDuty>('/api/duty/me'))
  } catch (fault) {
    if (fault instanceof ApiError && fault.status === 401) stop() // the session has ended; the shell asks for the next
  }
}

/** Somebody else works with this phone, or nobody: nothing of theirs goes on. */
function forget(): void {
  stop()
  Object.assign(duty, { mine: null, here: null, fault: null })
  waiting = []
  person = ''
}

export const comeOnDuty = (post_id: string | null): Promise<void> => change('/api/duty/start', { attendance_id: newId(), post_id })
export const goOffDuty = (): Promise<void> => change('/api/duty/end', { attendance_id: onDuty.value?.id })

async function change(path: string, command: unknown): Promise<void> {
  duty.busy = true
  duty.fault = null
  try {
    take(await act<MyDuty>(path, command))
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault
    duty.fault = fault
    if (fault.status === 409) await loadDuty(person) // done by another phone, or by itself
  } finally {
    duty.busy = false
  }
}

function take(mine: MyDuty): void {
  duty.mine = mine
  localStorage.setItem(KEPT, JSON.stringify({ person, mine }))
  if (!mine.on) stop()
  else if (!timer) start(mine.position_every_s)
}

function start(seconds: number): void {
  if (duty.seeking === 'off') duty.seeking = 'seeking'
  timer = setInterval(look, seconds * 1_000)
  document.addEventListener('visibilitychange', look)
  addEventListener('online', look)
  look()
}

function stop(): void {
  clearInterval(timer)
  timer = undefined
  waiting = []
  document.removeEventListener('visibilitychange', look)
  removeEventListener('online', look)
  Object.assign(duty, { seeking: 'off', here: null, told: false, away: false })
}

function look(): void {
  if (document.hidden || !onDuty.value) return
  if (Date.parse(onDuty.value.ends_by) <= Date.now()) return void loadDuty(person) // it has ended by itself
  if (!('geolocation' in navigator)) {
    duty.seeking = 'denied'
    return
  }
  navigator.geolocation.getCurrentPosition(found, missed, { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 })
}

function found({ coords, timestamp }: GeolocationPosition): void {
  if (!onDuty.value) return // off duty while it was looked for
  const at = Math.max(Math.min(timestamp, Date.now()), Date.parse(onDuty.value.since) + 1) // found just before, and still so
  duty.here = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at }
  duty.seeking = 'found'
  waiting.push({ id: newId(), lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.min(coords.accuracy, 100_000), at: new Date(at).toISOString(), datum: 'wgs84' })
  if (waiting.length > MOST) waiting.shift()
  void send()
}

function missed(fault: GeolocationPositionError): void {
  duty.seeking = fault.code === fault.PERMISSION_DENIED ? 'denied' : 'lost'
  void send()
}

async function send(): Promise<void> {
  if (sending || !waiting.length) return
  sending = true
  const batch = waiting.slice(0, MOST)
  try {
    const kept = await act<Schemas['PositionsKept']>('/api/duty/positions', { positions: batch })
    drop(batch)
    duty.told = kept.position_at !== null
    duty.away = false
  } catch (fault) {
    const status = fault instanceof ApiError ? fault.status : 0
    duty.away = status === 0 || status >= 500
    if (status === 409 || status === 422) drop(batch)
    if (status === 409) void loadDuty(person) // off duty meanwhile
  } finally {
    sending = false
  }
}

function drop(batch: Told[]): void {
  waiting = waiting.filter((told) => !batch.includes(told))
}
