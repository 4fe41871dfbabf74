import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { newId } from '@/core/ids'
import { FieldDb, type Draft, type Photo, type Problem } from '../db'
import { backoff, judge } from './judge'
import { again, backToDraft, drop, dropPhoto, enqueue, FullStorage, keepPhoto, markShown, sweep } from './queue'
import { Fault, sendOut, type Sender, type Wire } from './sender'

const ME = 'me'
const says = (status: number, code: string, detail: Record<string, unknown> = {}): Problem => ({ status, code, zh: '中', en: 'en', detail })

/** A server that does each command once, like ours, and a way to it on which anything may go wrong. */
class Server implements Wire {
  signedIn: string | null = ME
  held: string | null = ME
  photos = new Set<string>()
  done = new Map<string, { id: string; number: string; step: string }>()
  log: string[] = []
  next: (() => void)[] = []
  chance = (_what: 'before' | 'after') => false
  refuse: (path: string) => Problem | null = () => null

  private go(): void {
    this.next.shift()?.()
    if (this.chance('before')) throw new Fault(says(0, 'network.away'))
    if (!this.signedIn) throw new Fault(says(401, 'network.not_signed_in'))
    if (this.signedIn !== this.held) throw new Fault(says(401, 'network.csrf'))
  }
  private back<T>(answer: T): T {
    if (this.chance('after')) throw new Fault(says(0, 'network.away'))
    return answer
  }
  holder = () => this.held
  async who() {
    if (this.chance('before')) throw new Fault(says(0, 'network.away'))
    if (!this.signedIn) throw new Fault(says(401, 'network.not_signed_in'))
    return (this.held = this.signedIn)
  }
  async upload({ bytes, sound }: Photo) {
    this.go()
    const sha256 = new TextDecoder().decode(bytes)
    this.photos.add(sha256)
    this.log.push(`${sound ? 'voice' : 'photo'} ${sha256}`)
    return this.back({ sha256 })
  }
  async send(path: string, command: unknown, key: string) {
    this.go()
    const refused = this.refuse(path)
    if (refused) throw new Fault(refused)
    const { id, case_id, photos = [] } = command as { id?: string; case_id?: string; photos?: { sha256: string }[] }
    const missing = photos.map((p) => p.sha256).filter((sha) => !this.photos.has(sha))
    if (missing.length) throw new Fault(says(422, 'photo.not_uploaded', { missing }))
    const known = this.done.get(key)
    if (!known) this.log.push(`${path} by ${this.signedIn}`)
    const answer = known ?? { id: case_id ?? id!, number: `N${this.done.size + 1}`, step: 'reported' }
    this.done.set(key, answer)
    return this.back(answer)
  }
  async look(id: string) {
    return id === 'gone' ? null : { number: 'N9', step: 'merged', who: '' }
  }
}

let db: FieldDb
let server: Server
let clock: number
let s: Sender

beforeEach(() => {
  db = new FieldDb(`t-${newId()}`)
  server = new Server()
  clock = 1_000_000
  s = { db, wire: server, now: () => clock, random: () => 0.5, alone: async (work) => (await work(), true) }
})

const photo = (sha256: string): Photo => ({ sha256, owner: ME, bytes: new TextEncoder().encode(sha256).buffer, at: clock, position: null, uploaded: 0 })
const draft = (): Draft => ({ id: newId(), owner: ME, act: 'report', case: null, at: clock, photos: [], form: {}, problem: null })

/** Times must differ: ids follow them, and what was queued first is sent first. */
async function report(...shas: string[]) {
  let begun = draft()
  for (const sha of shas) begun = await keepPhoto(db, begun, photo(sha), 'near')
  clock += 1
  const id = newId()
  return enqueue(db, { owner: ME, act: 'report', path: '/api/cases', command: { id, photos: begun.photos }, photos: begun.photos, form: { words: 'x', caseId: id }, case: id, title: '', place: '' }, clock, begun.id)
}
const act = (name: string, on: string) => {
  clock += 1
  return enqueue(db, { owner: ME, act: name, path: `/api/cases/${name}`, command: { case_id: on }, photos: [], form: {}, case: on, title: '', place: '' }, clock)
}
const state = async (id: string) => (await db.items.get(id))!.state

describe('a report on its way', () => {
  it('goes after its photos, and keeps its number', async () => {
    const item = await report('a', 'b')
    expect(await sendOut(s, ME)).toBe('done')
    expect(server.log).toEqual(['photo a', 'photo b', '/api/cases by me'])
    expect(await db.items.get(item.id)).toMatchObject({ state: 'received', answer: { number: 'N1' } })
    expect(await db.drafts.count()).toBe(0)
  })

  it('takes its voice note along, as sound', async () => {
    const begun = await keepPhoto(db, await keepPhoto(db, draft(), photo('a'), 'near'), { ...photo('v'), sound: { type: 'audio/webm', seconds: 3 } }, 'voice')
    await enqueue(db, { owner: ME, act: 'report', path: '/api/cases', command: { id: newId(), photos: [], voice: 'v' }, photos: begun.photos, form: {}, case: 'c', title: '', place: '' }, clock, begun.id)
    await sendOut(s, ME)
    expect(server.log).toEqual(['photo a', 'voice v', '/api/cases by me'])
  })

  it('whose answer is lost is sent again under the same id, and done once', async () => {
    const item = await report('a')
    let losing = true
    server.chance = (when) => when === 'after' && losing && server.done.size > 0
    await sendOut(s, ME)
    expect([await state(item.id), server.done.size]).toEqual(['waiting', 1])
    losing = false
    await sendOut(s, ME, { hurry: true })
    expect([await state(item.id), server.done.size]).toEqual(['received', 1])
    expect(server.log.filter((l) => l.startsWith('photo'))).toHaveLength(1)
  })

  it('that was cut off while being sent waits again', async () => {
    const item = await report('a')
    await db.items.update(item.id, { state: 'sending' })
    await sendOut(s, ME)
    expect(await state(item.id)).toBe('received')
  })

  it('sends photos again which the server has forgotten', async () => {
    const item = await report('a')
    await db.photos.update('a', { uploaded: 1 })
    await sendOut(s, ME)
    expect(await state(item.id)).toBe('waiting')
    await sendOut(s, ME, { hurry: true })
    expect(await state(item.id)).toBe('received')
  })

  it('does not call a photo uploaded whose bytes arrived garbled', async () => {
    const item = await report('a')
    const upload = server.upload.bind(server)
    server.upload = async (bytes) => ({ sha256: `${(await upload(bytes)).sha256}!` })
    await sendOut(s, ME)
    expect([await state(item.id), (await db.photos.get('a'))!.uploaded, server.done.size]).toEqual(['waiting', 0, 0])
  })
})

it('two hundred reports over a network that fails half the time: none lost, none doubled', async () => {
  let seed = 7
  const random = () => ((seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31)
  for (let n = 0; n < 200; n += 1) await report(`n${n}`, `f${n}`)
  server.chance = () => random() < 0.5
  let rounds = 0
  while ((await db.items.where({ state: 'received' }).count()) < 200 && rounds < 500) {
    await sendOut(s, ME, { hurry: true })
    rounds += 1
  }
  expect([server.done.size, new Set([...server.done.values()].map((a) => a.id)).size, await db.items.count()]).toEqual([200, 200, 200])
}, 60_000)

describe('what stands in the way', () => {
  it('nobody signed in: the queue is kept and goes on after', async () => {
    const item = await report('a')
    server.signedIn = null
    expect(await sendOut(s, ME)).toBe('sign-in')
    expect(await state(item.id)).toBe('waiting')
    server.signedIn = ME
    expect(await sendOut(s, ME)).toBe('done')
    expect(await state(item.id)).toBe('received')
  })

  it('somebody else signed in, in another tab: nothing goes out under their name', async () => {
    const item = await report('a')
    server.signedIn = 'another'
    expect(await sendOut(s, ME)).toBe('not-theirs')
    expect([await state(item.id), server.log]).toEqual(['waiting', []])
    server.signedIn = server.held = ME
    await sendOut(s, ME)
    expect(server.log).toEqual(['photo a', '/api/cases by me'])
  })

  it('somebody signs in between a photo and its report', async () => {
    await report('a', 'b')
    server.next = [() => {}, () => (server.signedIn = 'another')]
    expect(await sendOut(s, ME)).toBe('not-theirs')
    expect(server.log).toEqual(['photo a'])
  })

  it('a case that moved on is a conflict, told with how it stands; what follows on it waits, others go', async () => {
    const taken = await act('take', 'c1')
    const finished = await act('finish', 'c1')
    const other = await act('take', 'c2')
    server.refuse = (path) => (path.endsWith('take') ? says(409, 'case.wrong_step') : null)
    await sendOut(s, ME)
    expect(await db.items.get(taken.id)).toMatchObject({ state: 'conflict', standing: { number: 'N9', step: 'merged' } })
    expect([await state(finished.id), await state(other.id), server.log]).toEqual(['waiting', 'conflict', []])
    await drop(db, taken.id)
    await sendOut(s, ME)
    expect(await state(finished.id)).toBe('received')
  })

  it('acts on one case go in their order, however slow the first', async () => {
    await act('take', 'c1')
    await act('finish', 'c1')
    let away = true
    server.chance = () => away
    await sendOut(s, ME)
    away = false
    await sendOut(s, ME, { hurry: true })
    expect(server.log).toEqual(['/api/cases/take by me', '/api/cases/finish by me'])
  })

  it('two tabs: one sends', async () => {
    const item = await report('a')
    expect(await sendOut({ ...s, alone: async () => false }, ME)).toBe('elsewhere')
    expect([await state(item.id), server.log]).toEqual(['waiting', []])
  })

  it.each([
    [says(422, 'invalid', { fields: [] }), 'returned'], [says(413, 'request.too_large'), 'returned'],
    [says(409, 'case.id_reused'), 'conflict'], [says(404, 'city.no_matter'), 'returned'], [says(403, 'network.post'), 'returned'],
    [says(409, 'busy'), 'waiting'], [says(503, 'database.away'), 'waiting'], [says(500, 'fault'), 'waiting'],
    [says(429, 'too_many', { seconds: 900 }), 'waiting'], [says(409, 'command.answer_erased'), 'received'],
  ])('%o becomes %s', async (problem, becomes) => {
    const item = await report('a')
    server.refuse = () => problem
    await sendOut(s, ME)
    expect(await state(item.id)).toBe(becomes)
  })

  it.each([says(409, 'case.wrong_step'), says(404, 'case.unknown'), says(403, 'network.post')])('an act on a case that is answered %o is a conflict', async (problem) => {
    const item = await act('take', 'gone')
    server.refuse = () => problem
    await sendOut(s, ME)
    expect(await db.items.get(item.id)).toMatchObject({ state: 'conflict', standing: null })
  })

  it('waits as long as the server asks, and longer each time', () => {
    expect(judge({ tries: 0, act: 'take' }, says(429, 'x', { seconds: 900 }), 0, 0.5).nextAt).toBe(900_000)
    expect([0, 1, 2, 20].map((n) => backoff(n, 0.5))).toEqual([2_000, 4_000, 8_000, 300_000])
  })

  it('an answer that is none (the sign-in page of somebody\'s Wi-Fi) counts as no network', async () => {
    const item = await report('a')
    server.upload = async () => {
      throw new SyntaxError('Unexpected token <')
    }
    expect(await sendOut(s, ME)).toBe('away')
    expect(await db.items.get(item.id)).toMatchObject({ state: 'waiting', tries: 1 })
  })

  it('a try before its time is not made', async () => {
    const item = await report('a')
    server.refuse = () => says(503, 'database.away')
    await sendOut(s, ME)
    server.refuse = () => null
    await sendOut(s, ME)
    expect(await state(item.id)).toBe('waiting')
    clock += 3_000
    await sendOut(s, ME)
    expect(await state(item.id)).toBe('received')
  })
})

describe('what the phone keeps', () => {
  it('nothing is deleted before its number was shown, then all of it', async () => {
    const item = await report('a')
    await sendOut(s, ME)
    expect([await drop(db, item.id), await db.photos.count()]).toEqual([false, 1])
    await markShown(db, item.id, clock)
    expect([await sweep(db, clock), await sweep(db, clock + 1), await db.items.count(), await db.photos.count()]).toEqual([0, 1, 0, 0])
  })

  it('killed between a photo and its report: the draft is there, with its photo', async () => {
    const begun = await keepPhoto(db, draft(), photo('a'), 'near')
    db.close()
    const later = new FieldDb(db.name)
    expect(await later.drafts.get(begun.id)).toMatchObject({ photos: [{ sha256: 'a', kind: 'near' }] })
    expect(await later.photos.get('a')).toBeDefined()
  })

  it('a full storage refuses the photo alone: what was safe stays safe', async () => {
    const begun = await keepPhoto(db, draft(), photo('a'), 'near')
    db.photos.hook('creating', () => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await expect(keepPhoto(db, begun, photo('b'), 'far')).rejects.toBeInstanceOf(FullStorage)
    expect([await db.photos.count(), (await db.drafts.get(begun.id))!.photos.length]).toEqual([1, 1])
  })

  it('a photo that another draft shows is not forgotten with the first', async () => {
    const item = await report('a')
    await keepPhoto(db, draft(), photo('a'), 'far')
    await db.items.update(item.id, { state: 'conflict' })
    await drop(db, item.id)
    expect(await db.photos.count()).toBe(1)
  })

  it('what is taken out of a draft is off the phone, unless something else shows it', async () => {
    const begun = await keepPhoto(db, await keepPhoto(db, draft(), photo('a'), 'near'), photo('v'), 'voice')
    await keepPhoto(db, draft(), photo('a'), 'far')
    const left = await dropPhoto(db, await dropPhoto(db, begun, 'voice'), 'near')
    expect([left.photos, await db.photos.toCollection().primaryKeys(), (await db.drafts.get(begun.id))!.photos]).toEqual([[], ['a'], []])
  })

  it('what is sent back becomes a draft again, with its photos and what was wrong', async () => {
    const item = await report('a')
    server.refuse = () => says(422, 'invalid')
    await sendOut(s, ME)
    const back = await backToDraft(db, (await db.items.get(item.id))!, clock)
    expect([back.form['words'], back.form['caseId'] === item.case]).toEqual(['x', false])
    expect([back.photos, back.problem?.code, await db.items.count(), await db.photos.count()]).toEqual([[{ sha256: 'a', kind: 'near' }], 'invalid', 0, 1])
  })

  it('a refused act can be tried again as it is', async () => {
    const item = await act('take', 'c1')
    server.refuse = () => says(409, 'case.suspended')
    await sendOut(s, ME)
    server.refuse = () => null
    await again(db, item.id)
    await sendOut(s, ME)
    expect(await state(item.id)).toBe('received')
  })
})
