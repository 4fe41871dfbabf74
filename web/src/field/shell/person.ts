import { reactive } from 'vue'
import { ApiError, getMe, signOut } from '@/api/client'
import type { Me } from '@/api/types'
import { session } from '@/ui/session'
import { db } from './db'

/**
 * Who works with this phone. Known without a network too: whoever signed in last, until they sign out. `net.signIn`: the
 * server wants to see a password again, now that it can be reached; nothing on the phone is lost by that.
 */
export const net = reactive({ online: navigator.onLine, signIn: false })
const KEPT = 'yiwang.field.me'
/** Signed out where the server could not hear of it: told it as soon as it can, before anything else. */
const LEFT = 'yiwang.field.left'

addEventListener('online', () => (net.online = true))
addEventListener('offline', () => (net.online = false))

export async function known(): Promise<void> {
  const kept = localStorage.getItem(KEPT)
  if (kept) session.me = { ...(JSON.parse(kept) as Me), csrf: null }
}

/** `anew`: somebody has just signed in. */
export async function enter(anew = false): Promise<void> {
  if (anew) localStorage.removeItem(LEFT)
  try {
    const me = await getMe()
    if (localStorage.getItem(LEFT)) {
      await leave()
      return
    }
    session.me = me
    net.signIn = false
    net.online = true
    localStorage.setItem(KEPT, JSON.stringify({ ...me, csrf: null }))
  } catch (fault) {
    if (fault instanceof ApiError && fault.status === 401) net.signIn = true
    else if (fault instanceof ApiError && fault.status === 0) net.online = false
  }
}

export async function leave(): Promise<void> {
  localStorage.setItem(LEFT, '1')
  await signOut().then(() => localStorage.removeItem(LEFT), () => null)
  localStorage.removeItem(KEPT)
  await db.kept.clear()
  session.me = null
  net.signIn = true
}
