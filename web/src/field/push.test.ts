import { describe, expect, it } from 'vitest'
import { linkOf, toNotification } from './push'

const told = { id: 'n1', kind: 'order', number: '2611H0000001', urgent: false, link: '/field/#/tasks/c1' }

describe('what a push shows', () => {
  it('says what it is and which case, in the language that is on', () => {
    expect(toNotification(told, 'zh')[0]).toBe('新派单')
    expect(toNotification(told, 'en')).toMatchObject(['New order', { body: 'Case 2611H0000001: open to act', tag: 'n1', data: { link: told.link } }])
  })

  it('marks an emergency, and keeps it until it is looked at', () => {
    expect(toNotification({ ...told, urgent: true }, 'zh')).toMatchObject(['应急 · 新派单', { requireInteraction: true }])
  })

  it('knows the kinds with a dot, and has words for one it does not know', () => {
    expect(toNotification({ ...told, kind: 'decided.bounce' }, 'zh')[0]).toBe('退单已审定')
    expect(toNotification({ ...told, kind: 'of.tomorrow' }, 'zh')[0]).toBe('新消息')
  })

  it('says of a room no more than that', () => {
    expect(toNotification({ ...told, kind: 'room.mentioned', number: '' }, 'zh')).toMatchObject(['协同群里有人 @ 您', { body: '点开查看' }])
  })

  it('leads nowhere else', () => {
    expect(linkOf({ link: told.link })).toBe('/field/#/tasks/c1')
    for (const bad of [null, {}, { link: 'https://evil.example/' }, { link: '//evil.example/field/#/x' }, { link: '/field/#/x?y=<' }]) expect(linkOf(bad)).toBe('/field/')
  })
})
