import type { FieldDb, Item, Photo, Problem, Standing } from '../db'
import { judge, type Verdict } from './judge'

/**
 * Sends what waits: photos and voice notes first, then the command, under one id however often it takes. Whatever happens in between — an
 * answer that is lost, a page that is closed, two tabs, a phone that dies — the server does each act once and the phone
 * keeps it until its number has come.
 */

/** The way to the server; throws `Fault`. */
export interface Wire {
  /** whose token is held; null: nobody's yet */
  holder(): string | null
  /** asks the server who is signed in, and takes their token */
  who(): Promise<string>
  upload(photo: Photo): Promise<{ sha256: string }>
  send(path: string, command: unknown, key: string): Promise<{ id?: string; number?: string; step?: string } | null>
  /** the case as it now stands; null: not to be seen (any more) */
  look(id: string): Promise<Standing | null>
}

export class Fault extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code)
  }
}

export interface Sender {
  db: FieldDb
  wire: Wire
  now: () => number
  random: () => number
  /** run the work alone among all tabs; false: another tab is at it */
  alone: (work: () => Promise<void>) => Promise<boolean>
}

/** Why a round ended: `done` (nothing more can be sent now), or what stands in the way. */
export type Ended = 'done' | 'elsewhere' | 'not-theirs' | NonNullable<Verdict['stop']>

/** Faults of the network in a row after which it is taken to be away. */
const AWAY = 8
const ROUGH: Problem = { status: 0, code: 'network.away', zh: '连不上服务器', en: 'The server cannot be reached', detail: {} }

export async function sendOut(s: Sender, owner: string, { hurry = false } = {}): Promise<Ended> {
  let ended: Ended = 'done'
  const alone = await s.alone(async () => {
    // Nobody else sends: what says it is being sent was cut off.
    await s.db.items.where({ owner, state: 'sending' }).modify({ state: 'waiting' })
    const all = (await s.db.items.where({ owner }).toArray()).sort((a, b) => (a.id < b.id ? -1 : 1))
    const blocked = new Set<string>()
    let failures = 0
    for (const item of all) {
      if (item.state === 'received') continue
      // What comes after an unfinished act on the same case waits for it: finishing before taking would be refused.
      const due = item.state === 'waiting' && (hurry || item.nextAt <= s.now()) && !blocked.has(item.case)
      const verdict = due ? await sendOne(s, owner, item) : null
      if (verdict === 'not-theirs') {
        ended = 'not-theirs'
        return
      }
      if (verdict?.state !== 'received') blocked.add(item.case)
      failures = verdict?.stop === 'away' ? failures + 1 : verdict ? 0 : failures
      if (verdict?.stop && (verdict.stop !== 'away' || failures >= AWAY)) {
        ended = verdict.stop
        return
      }
    }
    if (failures) ended = 'away'
  })
  return alone ? ended : 'elsewhere'
}

async function sendOne(s: Sender, owner: string, item: Item): Promise<Verdict | 'not-theirs'> {
  await s.db.items.update(item.id, { state: 'sending' })
  try {
    if (!(await theirs(s, owner))) return await put(s, item, { state: 'waiting', nextAt: s.now() }).then(() => 'not-theirs' as const)
    for (const { sha256 } of item.photos) await sendPhoto(s, owner, sha256)
    const answer = await asOwner(s, owner, () => s.wire.send(item.path, item.command, item.id))
    await s.db.items.update(item.id, {
      state: 'received', problem: null, standing: null,
      answer: { id: answer?.id ?? item.case, number: answer?.number ?? '', step: answer?.step ?? '' },
    })
    return { state: 'received' }
  } catch (fault) {
    const problem = fault instanceof Fault ? fault.problem : { ...ROUGH, detail: { said: String(fault) } }
    if (problem.code === NOT_THEIRS) return await put(s, item, { state: 'waiting', nextAt: s.now() }).then(() => 'not-theirs' as const)
    const verdict = judge(item, problem, s.now(), s.random())
    if (verdict.missing) await s.db.photos.where('sha256').anyOf(verdict.missing).modify({ uploaded: 0 })
    await put(s, item, verdict, problem)
    return verdict
  }
}

async function put(s: Sender, item: Item, verdict: Verdict, problem: Problem | null = null): Promise<void> {
  const standing = verdict.look && !item.about ? await s.wire.look(item.case).catch(() => null) : null
  const tries = problem ? item.tries + 1 : item.tries
  await s.db.items.update(item.id, {
    state: verdict.state, nextAt: verdict.nextAt ?? 0, tries, problem, standing,
    ...(verdict.state === 'received' ? { problem: null, answer: { id: item.case, number: standing?.number ?? '', step: standing?.step ?? '' } } : {}),
  })
}

async function sendPhoto(s: Sender, owner: string, sha256: string): Promise<void> {
  const photo = await s.db.photos.get(sha256)
  if (!photo || photo.uploaded) return // one that is not there is told by the server: `photo.not_uploaded`
  const stored = await asOwner(s, owner, () => s.wire.upload(photo))
  if (stored.sha256 !== sha256) throw new Fault({ status: 0, code: 'photo.garbled', zh: '照片或录音在路上损坏，正在重传', en: 'A photo or recording was garbled on its way; sending it again', detail: {} })
  await s.db.photos.update(sha256, { uploaded: 1 })
}

const NOT_THEIRS = 'outbox.not_theirs'
const OTHER: Problem = { status: 403, code: NOT_THEIRS, zh: '现在登录的是另一个人', en: 'Somebody else is signed in', detail: {} }

async function theirs(s: Sender, owner: string): Promise<boolean> {
  return (s.wire.holder() ?? (await s.wire.who())) === owner
}

/** Only ever under the token of whoever made it: another tab may have signed somebody else in since. */
async function asOwner<T>(s: Sender, owner: string, send: () => Promise<T>): Promise<T> {
  if (s.wire.holder() !== owner && (await s.wire.who()) !== owner) throw new Fault(OTHER)
  try {
    return await send()
  } catch (fault) {
    if (!(fault instanceof Fault) || fault.problem.code !== 'network.csrf') throw fault
    if ((await s.wire.who()) !== owner) throw new Fault(OTHER)
    return await send()
  }
}
