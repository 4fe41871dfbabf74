/** What stands in the desk's side bar, in its order. `icon`: one path on a 24 × 24 grid; `words`: a key of the locales. */
export interface Section {
  name: string
  to: string
  icon: string
  words: string
}

export const SECTIONS: Section[] = [
  { name: 'today', to: '/', icon: 'M4 5h16M4 12h16M4 19h10', words: 'desk.nav.today' },
  { name: 'queue', to: '/queue', icon: 'M4 6.5l1.8 1.8L9 5M4 12.5l1.8 1.8L9 11M4 18.5l1.8 1.8L9 17M12.5 7H20M12.5 13H20M12.5 19H20', words: 'desk.nav.queue' },
  { name: 'map', to: '/map', icon: 'M9 4L3 6.5v13.5L9 17.5l6 2.5 6-2.5V4l-6 2.5zM9 4v13.5M15 6.5V20', words: 'city.nav' },
  { name: 'record', to: '/record', icon: 'M5 4h10l4 4v12H5zM9 12h6M9 16h4M14 4v5h5', words: 'record.nav' },
  { name: 'scenes', to: '/scenes', icon: 'M4 5h7v6H4zM13 5h7v10h-7zM4 13h7v6H4zM13 17h7v2h-7z', words: 'scenes.nav' },
  { name: 'things', to: '/things', icon: 'M4 20V9l5-3v14M9 20V4h7v16M16 20V10h4v10M12 8h1M12 12h1M12 16h1M3 20h18', words: 'things.nav' },
  { name: 'doubts', to: '/doubts', icon: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9.6 9.6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2 1-1.2 1.9M12 16.6v.1', words: 'doubts.nav' },
  { name: 'rooms', to: '/rooms', icon: 'M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8l-5 4v-4H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM8 10h8M8 13h5', words: 'desk.nav.rooms' },
  { name: 'reference', to: '/reference', icon: 'M4 5.5A2.5 2.5 0 016.5 3H20v15H6.5A2.5 2.5 0 004 20.5zM4 20.5A2.5 2.5 0 006.5 21H20v-3M9 8h7M9 12h5', words: 'reference.nav' },
]
