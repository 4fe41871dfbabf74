import { newId } from '@/core/ids'
import type { Course, DemoPerson, Me, Schemas, Today } from './types'

/** An error in the server's one shape: a stable code, and words for the user in both languages. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    /** what goes with it, such as the case as it now stands */
    readonly detail: Record<string, unknown> = {},
  ) {
    super(`${code}: ${zh} ${en}`)
  }

  words(locale: string): string {
    return locale === 'zh' ? this.zh : this.en
  }
}

/** The server's answer when it is a good one; else an ApiError. */
async function reach(path: string, init?: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(path, { credentials: 'same-origin', ...init })
  } catch {
    throw new ApiError(0, 'network.away', '连不上服务器，正在重试', 'The server cannot be reached; trying again')
  }
  if (answer.ok) return answer
  const text = await answer.text()
  try {
    const { error } = JSON.parse(text) as { error: { code: string; zh: string; en: string; detail?: Record<string, unknown> } }
    throw new ApiError(answer.status, error.code, error.zh, error.en, error.detail)
  } catch (fault) {
    if (fault instanceof ApiError) throw fault
    throw new ApiError(answer.status, `http.${answer.status}`, `服务器答复异常（${answer.status}）`, `The server answered ${answer.status}`)
  }
}

/** One request: the answer, or an ApiError. `T` is what the server's description says of the path. */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const text = await (await reach(path, { headers: { Accept: 'application/json' }, ...init })).text()
  return (text ? JSON.parse(text) : null) as T
}

/** What must come back with whatever changes something: told by sign-in and by `getMe`. */
let csrf: string | null = null

interface Sending {
  method?: 'POST' | 'PUT' | 'DELETE'
  /** the command's id: the same for every try, so that what was done is not done again */
  key?: string
}

async function sendRaw<T>(path: string, body: BodyInit, headers: Record<string, string>, { method = 'POST', key }: Sending): Promise<T> {
  return ask<T>(path, {
    method,
    headers: { Accept: 'application/json', ...headers, ...(csrf ? { 'X-Yiwang-CSRF': csrf } : {}), ...(key ? { 'Idempotency-Key': key } : {}) },
    body,
  })
}

export function send<T>(path: string, body: unknown, how: Sending = {}): Promise<T> {
  return sendRaw<T>(path, JSON.stringify(body), { 'Content-Type': 'application/json' }, how)
}

/** A command, done once however often it is sent with one `key`. Who has lost the page's token (another tab signed in) gets a new one. */
export async function act<T = Schemas['Case']>(path: string, command: unknown, key: string = newId(), method: Sending['method'] = 'POST'): Promise<T> {
  if (!csrf) await getMe()
  try {
    return await send<T>(path, command, { key, method })
  } catch (fault) {
    if (!(fault instanceof ApiError) || fault.code !== 'network.csrf') throw fault
    await getMe()
    return send<T>(path, command, { key, method })
  }
}

/** A command that is done once however often it is sent: its key changes only with what it says. */
export function onceOnly() {
  let sent = { says: '', key: '' }
  return <T>(path: string, command: object): Promise<T> => {
    const says = `${path} ${JSON.stringify(command)}`
    if (sent.says !== says) sent = { says, key: newId() }
    return act<T>(path, command, sent.key)
  }
}

/** A command that brings a file with it. */
export async function actWithFile<T>(path: string, form: FormData, key: string = newId()): Promise<T> {
  if (!csrf) await getMe()
  return sendRaw<T>(path, form, {}, { key })
}

/** Uploading the same photo again is harmless. */
export const uploadPhoto = (photo: Blob) => upload('/api/photos', photo, photo.type || 'image/jpeg')
export const uploadVoice = (voice: Blob) => upload('/api/voices', voice, voice.type)
async function upload(path: string, file: Blob, type: string): Promise<Schemas['File']> {
  if (!csrf) await getMe()
  return sendRaw<Schemas['File']>(path, file, { 'Content-Type': type }, {})
}
/** A voice note as it was recorded. */
export const getVoice = async (sha: string): Promise<Blob> => (await reach(`/api/voices/${sha}`)).blob()

export const getToday = () => ask<Today>('/api/desk/today')
export const getCourse = (id: string) => ask<Course>(`/api/desk/cases/${id}`)
export async function getMe(): Promise<Me> {
  const me = await ask<Me>('/api/me')
  csrf = me.csrf
  return me
}
export const listDemoPeople = () => ask<DemoPerson[]>('/api/desk/demo-people')
export const signInDemo = (login: string) => send<unknown>('/api/demo-sign-in', { login })
/** What is due after a right password, for whoever has a second factor: codes, or an answer of a security key. */
export interface SecondDue {
  ticket: string
  kinds: string[]
  options: PublicKeyCredentialRequestOptionsJSON | null
}
export const signIn = (login: string, password: string) => send<{ second_factor?: SecondDue }>('/api/sign-in', { login, password })
export const signInSecond = (shown: { ticket: string; code?: string; credential?: unknown }) => send<unknown>('/api/sign-in/second', shown)
export const signOut = () => send<unknown>('/api/sign-out', {})
export const photoUrl = (sha: string, thumb: boolean) => `/api/photos/${sha}${thumb ? '/thumb' : ''}`
