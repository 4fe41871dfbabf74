import type { Course, DemoPerson, Me, Today } from './types'

/** An error in the server's one shape: a stable code, and words for the user in both languages. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
  ) {
    super(`${code}: ${zh} ${en}`)
  }

  words(locale: string): string {
    return locale === 'zh' ? this.zh : this.en
  }
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(path, { credentials: 'same-origin', headers: { Accept: 'application/json' }, ...init })
  } catch {
    throw new ApiError(0, 'network.away', '连不上服务器，正在重试', 'The server cannot be reached; trying again')
  }
  const text = await answer.text()
  if (answer.ok) return (text ? JSON.parse(text) : null) as T
  try {
    const { error } = JSON.parse(text) as { error: { code: string; zh: string; en: string } }
    throw new ApiError(answer.status, error.code, error.zh, error.en)
  } catch (fault) {
    if (fault instanceof ApiError) throw fault
    throw new ApiError(answer.status, `http.${answer.status}`, `服务器答复异常（${answer.status}）`, `The server answered ${answer.status}`)
  }
}

/** What must come back with whatever changes something: told by sign-in and by `getMe`. */
let csrf: string | null = null

function send<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...(csrf ? { 'X-Yiwang-CSRF': csrf } : {}) },
    body: JSON.stringify(body),
  })
}

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
