/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { CacheFirst } from 'workbox-strategies'
import { ExpirationPlugin } from 'workbox-expiration'
import type { WorkboxPlugin } from 'workbox-core/types'
import { listen } from './push'
import { SHAPES_CACHE, TILES_CACHE } from './shell/caches'

/**
 * The phone's service worker: the app itself and the map, so that it starts and draws without a network. It keeps no
 * answer of the API but the map's shapes: what the app knows offline it keeps itself, with its age.
 */
declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] }

precacheAndRoute(self.__WB_MANIFEST, { ignoreURLParametersMatching: [/^lang$/] })
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/field/'), { allowlist: [/^\/field\/(\?.*)?$/] }))

const most = (entries: number) => [new ExpirationPlugin({ maxEntries: entries, purgeOnQuotaError: true }) as WorkboxPlugin]

// The address of tiles and shapes names their version: what is kept stays right.
registerRoute(({ url }) => url.pathname.startsWith('/tiles/'), new CacheFirst({ cacheName: TILES_CACHE, plugins: most(4_000) }))
registerRoute(({ url }) => url.pathname === '/api/desk/shapes', new CacheFirst({ cacheName: SHAPES_CACHE, plugins: most(4) }))

listen()

// A new version waits until it is let in, lest a page lose its parts while somebody writes a report in it.
self.addEventListener('message', (e) => e.data === 'now' && void self.skipWaiting())
self.addEventListener('activate', (e) => e.waitUntil(self.clients.claim()))
