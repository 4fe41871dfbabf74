import { useI18n } from 'vue-i18n'
import type { CaseRow } from '@/api/types'
import { isOpen, latenessOf, leftOf } from '@/core/steps'
import { duration, shortTime } from '@/core/time'
import { live } from '@/live/store'

/** How a name of a list begins a line of its own. */
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** How cases, times and bilingual texts are said, in the language that is on. */
export function useWords() {
  const { t, te, locale } = useI18n()
  const zone = () => live.today.value?.zone ?? 'Asia/Shanghai'
  return {
    t,
    te,
    locale,
    zone,
    when: (at: string | number) => shortTime(at, live.page.now, zone()),
    span: (ms: number) => duration(ms, locale.value),
    both: (thing: { zh: string; en: string }) => (locale.value === 'zh' ? thing.zh : thing.en),
    /** a post by its kind, as `/api/me` names it */
    kind: (name: string) => (te(`post.${name}`) ? t(`post.${name}`) : name),
    post: (thing: { post_zh: string; post_en: string }) => (locale.value === 'zh' ? thing.post_zh : thing.post_en),
    /** "剩 2时05分", "超 35分", or why no time runs. */
    timeLeft(row: CaseRow): string {
      if (!isOpen(row.step)) return row.closed_at ? t('time.closedAt', { t: shortTime(row.closed_at, live.page.now, zone()) }) : t(`step.${row.step}`)
      if (row.suspended) return t('time.paused')
      const left = leftOf(row, live.page.now)
      if (left === null) return t('time.none')
      return t(left < 0 ? 'time.over' : 'time.left', { t: duration(left, locale.value) })
    },
    late: (row: CaseRow) => latenessOf(row, live.page.now),
  }
}
