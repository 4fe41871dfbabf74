import type { zh } from '../zh/desk'

export const en: typeof zh = {
  desk: {
    title: 'Yiwang · desk',
    nav: { label: 'Sections of the desk', today: 'Today', queue: 'To do', rooms: 'Rooms' },
    room: 'Room of this case', newRoom: 'Open a room for this case', unread: '{n} unread',
    away: 'This page could not be loaded; please try again',
  },
}
