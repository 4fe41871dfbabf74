import { dayOf, duration, shortTime } from '@/core/time'
import { rooms, type MemberView, type MentionView, type RoomMessage, type RoomRow } from '@/live/rooms'
import { useWords } from './words'

/** How rooms are said on every surface. */
export function useRoomWords() {
  const words = useWords()
  const { t, locale, kind } = words
  const zone = words.zone
  const when = (at: string) => shortTime(at, rooms.now, zone())
  const seat = (s: { unit_name: string; post: string; person_name: string | null | undefined }) =>
    s.person_name ?? t('rooms.wholePost', { unit: s.unit_name, post: kind(s.post) })
  return {
    ...words,
    when,
    seat,
    /** a member's second line: where they sit, or who of the post is on duty */
    under: (m: MemberView) =>
      m.person_id ? t('rooms.wholePost', { unit: m.unit_name, post: kind(m.post) })
        : m.present.length ? t('rooms.onDuty', { who: m.present.join('、') }) : t('rooms.offDuty'),
    day(at: string, now: number): string {
      const day = dayOf(at, zone())
      if (day === dayOf(now, zone())) return t('rooms.today')
      if (day === dayOf(now - 86_400_000, zone())) return t('rooms.yesterday')
      return day
    },
    outcome: (m: RoomMessage) => t(`rooms.outcome.${m.outcome ?? 'closed'}`),
    /** the newest of a room in one line */
    newest(r: RoomRow): string {
      if (r.last_outcome) return t('rooms.told', { number: r.last_case ?? '', outcome: t(`rooms.outcome.${r.last_outcome}`) })
      if (r.last_text) return r.last_by ? `${r.last_by}：${r.last_text}` : r.last_text
      return r.last_photos ? t('rooms.photo', { n: r.last_photos }) : t('rooms.noWords')
    },
    /** how an @ stands: its words, and the tone that goes with them (never the tone alone) */
    standing(a: MentionView, now: number): { text: string; tone: '' | 'late' | 'soon' | 'good' } {
      if (a.done_at && a.overdue_at) return { text: t('rooms.doneLate', { who: a.done_name ?? '', t: when(a.done_at) }), tone: 'soon' }
      if (a.done_at) return { text: a.done_name ? t('rooms.doneBy', { who: a.done_name, t: when(a.done_at) }) : t('rooms.done', { t: when(a.done_at) }), tone: 'good' }
      const left = Date.parse(a.due_at) - now
      if (left <= 0) return { text: t('rooms.overdue', { t: duration(left, locale.value) }), tone: 'late' }
      return { text: t('rooms.left', { t: duration(left, locale.value) }), tone: left < 3_600_000 ? 'soon' : '' }
    },
    receipt: (a: MentionView) => (a.read_at ? t('rooms.read', { who: a.read_name ?? '', t: when(a.read_at) }) : t('rooms.unseen')),
  }
}

/** The terms an author may give with an @, in minutes; null: the usual. */
export const TERMS: [string, number | null][] = [['default', null], ['m30', 30], ['h2', 120], ['h4', 240], ['d1', 1440], ['d3', 4320]]

/** The beginning of a name that is being typed after the last @ before the cursor; null when none is. */
export function typedName(text: string, cursor: number): string | null {
  const found = /(?:^|\s|[^\w])@([^\s@]{0,20})$/u.exec(text.slice(0, cursor))
  return found ? found[1]! : null
}
