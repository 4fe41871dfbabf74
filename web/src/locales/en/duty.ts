export const en = {
  duty: {
    title: 'Duty',
    bar: { off: 'Off duty', go: 'Come on duty', on: 'On duty', sharing: 'sharing position', within: '±{n} m', seeking: 'finding position…', denied: 'location not allowed', lost: 'no position just now', offline: 'no network, position sent later', open: 'Open the duty page' },
    switch: { come: 'Come on duty', going: 'Go off duty', as: 'Post', onAs: '{post}', unit: '{unit}', since: 'On duty since {t}', endsBy: 'ends by itself at {t}', planned: 'rostered until {t}', unplanned: 'Not on the roster now; you may still come on duty', sure: 'Go off duty? Your position is no longer shared from then on.', yes: 'Go off duty', no: 'Stay on duty' },
    privacy: 'Your position is shared on duty only, with the desk of your unit and colleagues on duty. It is deleted when you go off duty; the trail is kept for 24 hours.',
    deniedHelp: 'Please allow this page to use your location in the settings of the browser. You may be on duty without it, but colleagues cannot see where you are.',
    keepOpen: 'Keep this page open: with the screen locked or in another app, sharing pauses.',
    near: { title: 'On duty nearby', none: 'Nobody else on duty within {n} km', waiting: 'Colleagues nearby appear once your position is known', off: 'Come on duty to see colleagues nearby', metres: '{n} m', km: '{n} km', now: 'just now', ago: '{t} ago', old: 'position is old', call: 'Call', callOf: 'Call {name}', noPhone: 'No telephone on record', refresh: 'Refresh', list: 'On duty nearby, nearest first', logged: 'Looking at a number is recorded' },
    push: { title: 'Be told of new tasks', why: 'For new orders, checks, decisions on bounces, supervision and emergencies your phone shows a notification. It holds the case number only, no personal data.', on: 'Turn on', off: 'Turn off', later: 'Not now', isOn: 'Notifications are on', blocked: 'The browser blocks notifications. To turn them on, allow them in its site settings.', failed: 'Could not turn on: the push service of this browser cannot be reached. All tasks still show when you open the app.' },
    nobody: 'Your posts need no duty.',
  },
}
