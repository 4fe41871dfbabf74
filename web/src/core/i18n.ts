import { createI18n } from 'vue-i18n'
import { en } from '@/locales/en/core'
import { zh } from '@/locales/zh/core'

export type Locale = 'zh' | 'en'
const KEPT = 'yiwang.locale'

function chosen(): Locale {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(KEPT)
  return asked === 'en' ? 'en' : 'zh'
}

export const i18n = createI18n({ legacy: false, locale: chosen(), fallbackLocale: 'zh', messages: { zh, en } })

/** The words of a feature, besides the core's: `locales/{zh,en}/<feature>.ts`, under one key of their own. */
export function addWords<W extends Record<string, unknown>>(inZh: W, inEn: W): void {
  i18n.global.mergeLocaleMessage('zh', inZh)
  i18n.global.mergeLocaleMessage('en', inEn)
}

let titleKey = 'page.title'

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(KEPT, locale)
  showLocale()
}

/** Tell the browser which language is on, and the page's title in it. */
export function showLocale(title = titleKey): void {
  titleKey = title
  document.documentElement.lang = i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en'
  document.title = (i18n.global.t as (key: string) => string)(title)
}
