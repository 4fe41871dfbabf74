import { expect, it, vi } from 'vitest'
import type { Course } from '@/api/types'

type Answer = (course: unknown) => void
const answers: Answer[] = []
vi.mock('@/api/client', () => ({ getCourse: () => new Promise((answer: Answer) => answers.push(answer)) }))

it('an answer that comes late does not stand over a newer one', async () => {
  const { live } = await import('./store')
  const step = () => (live.course.value as Course | null)?.case.step
  live.select('a')
  const again = live.refresh()
  answers[1]!({ case: { id: 'a', step: 'dispatched' } })
  await again
  expect(step()).toBe('dispatched')
  answers[0]!({ case: { id: 'a', step: 'filed' } })
  await Promise.resolve()
  await Promise.resolve()
  expect(step()).toBe('dispatched')
})
