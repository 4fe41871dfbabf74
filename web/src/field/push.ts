/// <reference lib="webworker" />
import { en } from '@/locales/en/push'
import { zh } from '@/locales/zh/push'
import { keptLocale } from './shell/caches'

/**
 * The service worker's part of web push: what the server says is shown, and a tap opens the very task. The message holds
 * a kind, a number and a link; the words are ours, in the language the app was last used in.
 */
declare const self: ServiceWorkerGlobalScope

export interface Told {
  id: string
  kind: string
  number: string
  urgent: boolean
  link: string
}

/** What is shown for a message. One that comes twice replaces itself: its id is its tag. */
export function toNotification(told: Told, locale: string): [string, NotificationOptions] {
  const words = (locale === 'en' ? en : zh).push
  const kind = told.kind.replaceAll('.', '_') as keyof typeof words.title
  const title = words.title[kind] ?? words.title.other
  return [
    told.urgent ? words.urgent.replace('{title}', title) : title,
    {
      body: told.number ? words.body.replace('{number}', told.number) : words.open, tag: told.id, data: { link: told.link }, requireInteraction: told.urgent,
      icon: '/field/icon-192.png', badge: '/field/icon-192.png', lang: locale === 'en' ? 'en' : 'zh-CN',
    },
  ]
}

/** Only to a place of the phone's own. */
export function linkOf(data: unknown): string {
  const link = (data as { link?: unknown } | null)?.link
  return typeof link === 'string' && /^\/field\/#\/[\w/-]*$/.test(link) ? link : '/field/'
}

async function show(data: PushMessageData | null): Promise<void> {
  let told: Told = { id: 'news', kind: 'other', number: '', urgent: false, link: '/field/' }
  try {
    told = { ...told, ...(data?.json() as Told) }
  } catch {
    // a message that cannot be read is shown as news: browsers withdraw a subscription that shows nothing
  }
  await self.registration.showNotification(...toNotification(told, await keptLocale()))
}

async function open(link: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = pages.find((p) => new URL(p.url).pathname === '/field/')
  if (!page) {
    await self.clients.openWindow(link)
    return
  }
  page.postMessage({ open: link.slice(link.indexOf('#') + 1) })
  await page.focus().catch(() => undefined)
}

export function listen(): void {
  self.addEventListener('push', (e) => e.waitUntil(show(e.data)))
  self.addEventListener('notificationclick', (e) => {
    e.notification.close()
    e.waitUntil(open(linkOf(e.notification.data)))
  })
}
