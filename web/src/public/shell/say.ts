import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/client'

/** How times, bilingual texts and errors are said. */
export function useSay() {
  const { t, te, locale } = useI18n()
  const tag = () => (locale.value === 'zh' ? 'zh-CN' : 'en-GB')
  return {
    t,
    te,
    locale,
    both: (zh: string, en: string) => (locale.value === 'zh' ? zh : en),
    when: (at: string) => new Intl.DateTimeFormat(tag(), { month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at)),
    day: (at: string) => new Intl.DateTimeFormat(tag(), { month: 'long', day: 'numeric' }).format(new Date(at)),
    fault: (fault: unknown) => (fault instanceof ApiError ? fault.words(locale.value) : t('public.failed')),
  }
}

/** Keep a text as a file on this device. */
export function saveFile(name: string, text: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
