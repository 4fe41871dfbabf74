import { createI18n } from 'vue-i18n'
import { en } from '@/locales/en'
import { zh } from '@/locales/zh'

export type Locale = 'zh' | 'en'
const KEPT = 'yiwang.locale'

function chosen(): Locale {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(KEPT)
  return asked === 'en' ? 'en' : 'zh'
}

export const i18n = createI18n({ legacy: false, locale: chosen(), fallbackLocale: 'zh', messages: { zh, en } })

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(KEPT, locale)
  showLocale()
}

export function showLocale(): void {
  document.documentElement.lang = i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en'
  document.title = i18n.global.locale.value === 'zh' ? '一网 Yiwang · 今日案件' : 'Yiwang 一网 · today\'s cases'
}
