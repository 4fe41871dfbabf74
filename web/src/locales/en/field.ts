export const en = {
  field: {
    title: 'Yiwang Field',
    tab: { label: 'Sections', tasks: 'Tasks', report: 'Report', messages: 'Messages', mine: 'Me' },
    net: { off: 'No network. Work on: everything is sent when it is back.' },
    update: { ready: 'A new version is ready', now: 'Update now' },
  },
}
