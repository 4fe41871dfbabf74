import { reactive, watch } from 'vue'
import { ApiError, ask, getMe, send, uploadPhoto, uploadVoice } from '@/api/client'
import type { Answer } from '@/api/types'
import { recordNumber } from '@/core/ids'
import { session } from '@/ui/session'
import { db, type Draft, type Standing } from '../db'
import { enter, net } from '../person'
import { enqueue, sweep, type Wanted } from './queue'
import { Fault, sendOut, type Ended, type Sender, type Wire } from './sender'

/** The outbox at work on this phone: when it sends, and what the page may know of it. */

export const post = reactive({ busy: false, ended: 'done' as Ended })
/** So often it is asked what is due; one look into the phone's own store. */
const EVERY_MS = 4_000
const KEEP_SHOWN_MS = 24 * 3_600_000

let holder: string | null = null
function fault(e: unknown): never {
  if (e instanceof ApiError) throw new Fault({ status: e.status, code: e.code, zh: e.zh, en: e.en, detail: e.detail })
  throw e
}

/** A network that is there and brings nothing holds up nobody for longer; what arrives after all is known by its id. */
const PATIENCE_MS = 45_000
async function within<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Fault({ status: 0, code: 'network.slow', zh: '网络太慢，稍后再试', en: 'The network is too slow; trying again later', detail: {} })), PATIENCE_MS)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** A case; what was done at a thing, or a walk, told by the number of its record; or a thing's file, told by its code. */
interface Answered { id?: string; number?: string; step?: string; thing_id?: string; thing?: { id: string; code: string }; shift?: { id: string } }
function told(answer: Answered | null): { id?: string; number?: string; step?: string } | null {
  if (answer?.thing) return { id: answer.thing.id, number: answer.thing.code }
  if (answer?.shift) return { id: answer.shift.id, number: recordNumber(answer.shift.id) }
  if (answer?.thing_id) return { id: answer.thing_id, number: recordNumber(answer.id!) }
  return answer
}

const wire: Wire = {
  holder: () => holder,
  who: async () => {
    const me = await within(getMe().catch(fault))
    holder = me.id
    return me.id
  },
  upload: ({ bytes, sound }) => within((sound ? uploadVoice(new Blob([bytes], { type: sound.type })) : uploadPhoto(new Blob([bytes], { type: 'image/jpeg' }))).catch(fault)),
  send: async (path, command, key) => told(await within(send<Answered | null>(path, command, { key }).catch(fault))),
  look: async (id): Promise<Standing | null> => {
    const course = await within(ask<Answer<'/api/desk/cases/{case_id}'>>(`/api/desk/cases/${id}`))
    const handler = course.orders.map((o) => o.handler_id).find(Boolean)
    return { number: course.case.number, step: course.case.step, who: (handler && course.people[handler]) || '' }
  },
}

let mine = false
async function alone(work: () => Promise<void>): Promise<boolean> {
  const locks = navigator.locks as LockManager | undefined // some web views have none; the server does each act once all the same
  if (locks) return locks.request('yiwang.outbox', { ifAvailable: true }, async (lock) => (lock ? (await work(), true) : false))
  if (mine) return false
  mine = true
  return work().then(() => true).finally(() => (mine = false))
}

const sender: Sender = { db, wire, now: Date.now, random: Math.random, alone }

/** Somebody asked while it was sending: what had to wait is tried again at once. */
let hurried = false
/** At it, from before it is known whether anything waits: two that ask at once would each take the other for another page. */
let going = false

/** Send what waits. `hurry`: now, whatever was to be waited for (the network is back, or the person asks). */
export async function sendNow(hurry = false): Promise<void> {
  const owner = session.me?.id
  if (!owner || net.signIn || (!navigator.onLine && !hurry)) return // a try that cannot succeed only makes the next one wait
  if (going) {
    hurried ||= hurry
    return
  }
  going = true
  try {
    post.busy = (await db.items.where({ owner }).and((i) => i.state === 'waiting' || i.state === 'sending').count()) > 0
    post.ended = post.busy ? await sendOut(sender, owner, { hurry }) : 'done'
    if (post.ended === 'sign-in') net.signIn = true
    else if (post.ended === 'not-theirs') await enter()
    else if (post.ended === 'done' && post.busy) net.online = true
  } finally {
    going = post.busy = false
  }
  if (!hurried) return
  hurried = false
  await sendNow(true)
}

/** Into the queue, and off it goes if it can. */
export async function submit(wanted: Omit<Wanted, 'owner'>, draft?: Draft): Promise<string> {
  const item = await enqueue(db, { ...wanted, owner: session.me!.id }, Date.now(), draft?.id)
  void sendNow()
  return item.id
}

export function keepSending(): void {
  holder = null
  addEventListener('online', () => void sendNow(true))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void sendNow())
  setInterval(() => void sendNow(), EVERY_MS)
  watch(() => [session.me?.id, net.signIn], () => {
    holder = null
    void sendNow(true)
  }, { immediate: true })
  void sweep(db, Date.now() - KEEP_SHOWN_MS)
}
