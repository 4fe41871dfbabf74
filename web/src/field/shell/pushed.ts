import { reactive } from 'vue'
import { act, ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { i18n } from '@/core/i18n'
import { keepLocale } from './caches'

/**
 * Is this phone told of new tasks (web push)? `none`: this browser cannot. A subscription lasts as long as the session, so
 * whoever wanted to be told is subscribed anew at each sign-in, without being asked again.
 */
export const pushed = reactive({ state: 'none' as 'none' | 'off' | 'on' | 'blocked', busy: false, failed: false, later: false })

const WANTED = 'yiwang.field.push'
const can = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window && import.meta.env.PROD

export async function keepPushed(): Promise<void> {
  if (!can()) return
  pushed.later = localStorage.getItem(WANTED) === 'later'
  pushed.state = Notification.permission === 'denied' ? 'blocked' : 'off'
  void keepLocale(i18n.global.locale.value)
  if (localStorage.getItem(WANTED) === 'yes' && Notification.permission === 'granted') await subscribe().catch(() => null)
}

/** By a tap only: browsers ask for permission at no other moment. */
export async function wantPush(): Promise<void> {
  pushed.busy = true
  pushed.failed = false
  try {
    if ((await Notification.requestPermission()) !== 'granted') {
      pushed.state = Notification.permission === 'denied' ? 'blocked' : 'off'
      return
    }
    localStorage.setItem(WANTED, 'yes')
    await subscribe()
  } catch {
    pushed.failed = true
  } finally {
    pushed.busy = false
  }
}

export function putOff(): void {
  localStorage.setItem(WANTED, 'later')
  pushed.later = true
}

export async function noPush(): Promise<void> {
  pushed.busy = true
  localStorage.setItem(WANTED, 'later')
  try {
    await act('/api/push/unsubscribe', {})
    const registration = await navigator.serviceWorker.ready
    await (await registration.pushManager.getSubscription())?.unsubscribe()
    pushed.state = 'off'
  } catch {
    pushed.failed = true
  } finally {
    pushed.busy = false
  }
}

/** A tap on what was told opens that very task, in the page that is open already. */
export function followPushes(go: (path: string) => void): void {
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    const path = (data as { open?: unknown } | null)?.open
    if (typeof path === 'string' && path.startsWith('/')) go(path)
  })
}

async function subscribe(): Promise<void> {
  const { key } = await ask<Schemas['PushKey']>('/api/push/key')
  const registration = await navigator.serviceWorker.ready
  const made = await subscribed(registration.pushManager, key)
  const { endpoint, keys } = made.toJSON()
  await act('/api/push/subscribe', { endpoint, p256dh: keys?.['p256dh'], auth: keys?.['auth'] })
  pushed.state = 'on'
}

/** The one there is, if it was made for this key of the server's; else a new one. */
async function subscribed(manager: PushManager, key: string): Promise<PushSubscription> {
  const applicationServerKey = Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  const old = await manager.getSubscription()
  const same = old?.options.applicationServerKey && new Uint8Array(old.options.applicationServerKey).every((b, i) => b === applicationServerKey[i])
  if (old && same) return old
  await old?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey })
}
