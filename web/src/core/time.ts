/** Times as people read them, in the deployment's time zone, whatever the browser's is. */

const kept = new Map<string, Intl.DateTimeFormat>()

function format(zone: string, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${zone} ${key}`
  let made = kept.get(name)
  if (!made) kept.set(name, (made = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', ...options })))
  return made
}

const two = { hour: '2-digit', minute: '2-digit' } as const

export const clockTime = (at: number | string, zone: string): string =>
  format(zone, 'hm', two).format(new Date(at))

export const clockSeconds = (at: number | string, zone: string): string =>
  format(zone, 'hms', { ...two, second: '2-digit' }).format(new Date(at))

/** 2026-11-22 */
export const dayOf = (at: number | string, zone: string): string =>
  format(zone, 'day', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at))

/** 14:05 today, else 11-21 14:05. */
export function shortTime(at: number | string, now: number, zone: string): string {
  const day = dayOf(at, zone)
  const time = clockTime(at, zone)
  return day === dayOf(now, zone) ? time : `${day.slice(5)} ${time}`
}

export const weekday = (at: number, zone: string, locale: string): string =>
  new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: zone, weekday: 'short' }).format(new Date(at))

/** 35分 · 2时05分 · 1天3时 / 35 m · 2 h 05 m · 1 d 3 h: two units at most, rounded down. */
export function duration(ms: number, locale: string): string {
  const zh = locale === 'zh'
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  if (minutes < 1) return zh ? '不到1分' : '< 1 m'
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  if (d) return zh ? `${d}天${h ? `${h}时` : ''}` : `${d} d${h ? ` ${h} h` : ''}`
  if (h) return zh ? `${h}时${String(m).padStart(2, '0')}分` : `${h} h ${String(m).padStart(2, '0')} m`
  return zh ? `${m}分` : `${m} m`
}

/** 0:07 · 1:00: how long a recording is, or how far it has come. */
export function stopwatch(seconds: number): string {
  const whole = Math.floor(seconds + 0.001)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** The instant of a day (2026-11-22) and a time (18:00) as that zone's clocks show them, in ISO 8601. */
export function instantOf(day: string, time: string, zone: string): string {
  const asUtc = Date.parse(`${day}T${time}:00Z`)
  const shown = (at: number) => Date.parse(`${dayOf(at, zone)}T${clockTime(at, zone)}:00Z`)
  let at = asUtc - (shown(asUtc) - asUtc)
  at -= shown(at) - asUtc // once more: the offset may have changed in between
  return new Date(at).toISOString()
}

/** The day so many days later (or before). */
export const dayAfter = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
