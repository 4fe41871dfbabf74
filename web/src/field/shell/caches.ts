/** Names of what the service worker keeps and the page fills and counts. */
export const TILES_CACHE = 'yiwang-tiles'
export const SHAPES_CACHE = 'yiwang-shapes'
const WORDS_CACHE = 'yiwang-words'
const LOCALE = '/field/locale'

/** The language the app was last used in: the service worker asks, which sees nothing of what the page keeps. */
export async function keptLocale(): Promise<string> {
  const kept = await caches.open(WORDS_CACHE).then((c) => c.match(LOCALE)).catch(() => undefined)
  return kept ? kept.text() : 'zh'
}

export async function keepLocale(locale: string): Promise<void> {
  await caches.open(WORDS_CACHE).then((c) => c.put(LOCALE, new Response(locale))).catch(() => undefined)
}
