export const en = {
  field: {
    title: 'Yiwang Field', close: 'Close', back: 'Back',
    tab: { label: 'Sections', tasks: 'Tasks', report: 'Report', messages: 'Messages', mine: 'Me' },
    rooms: { title: 'Rooms', unread: '{n} unread', asked: '{n} for me' },
    net: { off: 'No network. Work on: everything is sent when it is back.' },
    update: { ready: 'A new version is ready', now: 'Update now' },
    camera: {
      take: 'Take the photo: {what}', again: 'Take it again: {what}', drop: 'Remove the photo: {what}', busy: 'One moment…', failed: 'This photo cannot be opened; please take it again', shoot: 'Take the photo', ghost: 'First photo', ghostAlt: 'The first photo, laid over the picture',
    },
    map: { pin: 'Pin of the place; can be dragged', failed: 'The map did not load' },
  },
  report: {
    title: 'Report', sent: 'Outbox', clear: 'Start over', send: 'Report', keep: 'Keep, send later', photosLabel: 'Photos', photos: '{n} photos', drafts: 'Unfinished drafts: {n}', noMatter: 'No matter chosen',
    returned: 'Sent back; please change it and report again:', full: 'The phone is full: what was just taken or recorded was not kept. Photos and drafts kept before are safe. Make room, then do it again.',
    what: 'What is it', condition: 'Filing condition', limit: 'limit {t}', words: 'In words', wordsHint: 'May stay empty: the matter says it',
    self: 'Put right on the spot', selfSay: 'Needs photos before and after', emergency: 'Emergency', emergencySay: 'Danger: several units at once', lacks: 'Still missing: ',
    lack: { photo: 'a near or far photo', after: 'the photo after', place: 'the place', matter: 'what it is', condition: 'the filing condition' },
    voice: {
      start: 'Record a voice note', say: 'May be left out; {n} seconds at most', on: 'Recording', stop: 'Stop', drop: 'Delete',
      denied: 'The microphone is not allowed: allow it in the browser\'s settings, or write. You can report without it.', missing: 'This device has no microphone to use: please write. You can report without it.', busy: 'Another app is using the microphone: try again later. You can report without it.', short: 'Too short; nothing was kept', failed: 'Nothing was recorded: please try again. You can report without it.',
    },
    place: {
      title: 'Where it is', words: 'Place', map: 'Map', noGrid: 'Grid not known yet; found once sent', byHand: 'Placed by hand', accuracy: 'accurate to ±{m} m', rough: 'Only accurate to ±{m} m: check on the map', looking: 'Finding your position…', denied: 'Position not allowed: set it on the map', none: 'No position: set it on the map',
      drag: 'Drag the pin, or touch the real place', me: 'Where I am', here: 'It is here',
    },
    matter: { find: 'Find the matter', other: 'Another matter', hint: 'Name, code or group', groups: 'All groups', none: 'The catalogue has no such matter', count: '{n} matters', component: 'component', matter: 'matter', notKept: 'The catalogue is not on this phone yet: open the app once with a network' },
    code: { title: 'Component code', scan: 'Scan a code', starting: 'Opening the camera…', looking: 'Point at the QR code or bar code', 'no-camera': 'No camera: please type the code', type: 'Component code (16 or 17 digits)', bad: 'The code has 16 or 17 digits', use: 'Use this code' },
    near: { title: 'Known near by: {n} of this kind', none: 'None of this kind near by', notAsked: 'No network: not compared with known cases', same: 'The same', else: 'If it is another, just report it', said: 'Seen again on the spot: {words}' },
  },
  outbox: {
    title: 'Outbox', waiting: '{n} to be sent', unsure: '{n} need you', allSent: 'Everything is sent', sending: 'Sending…', offline: 'No network; sent when it is back', away: 'The server cannot be reached; tried again soon', patience: 'The server asks to wait; sent after that', elsewhere: 'Another page is sending',
    others: '{n} on this phone are somebody else\'s and wait for them to sign in', now: 'Send now', another: 'Report another', none: 'Nothing sent yet', noneSay: 'Reports, verifications and handling are listed here, each with how far it has come',
    number: 'Number {n}', stands: 'Case {n} is now: {step}', by: 'with {who}', gone: 'You can no longer see this case (it may have been passed on)', change: 'Change it', comment: 'Send as a comment', retry: 'Try again', drop: 'Drop it',
    asComment: '{act} could not be done; seen on the spot: {text}', dropTitle: 'Drop this one', dropSay: '“{what}” was not sent. If you drop it, its words and photos are deleted from the phone for good.', dropYes: 'Delete, do not send', dropNo: 'Keep it',
    state: { waiting: 'To be sent', sending: 'Sending', received: 'Received', conflict: 'Conflict', returned: 'Sent back' },
    act: { report: 'Report', 'answer-check': 'Check', verify: 'Verification', take: 'Taking the order', finish: 'Handled', 'ask-bounce': 'Asking to bounce', 'ask-extension': 'Asking for more time', 'ask-suspension': 'Asking to suspend', 'answer-supervision': 'Answer', 'read-comment': 'Read', comment: 'Comment', 'check-in': 'Check-in', step: 'Step', 'add-thing': 'New file', document: 'Photo for a file', 'report-grid': 'Grid done', 'begin-shift': 'Walk begun', 'end-shift': 'Walk ended' },
    field: { description: 'words', text: 'words', place: 'place', photos: 'photos', matter_code: 'matter', condition_id: 'filing condition', component: 'component code', lon: 'position', lat: 'position', accuracy_m: 'accuracy', result: 'result', until: 'until when', answer: 'answer', reason: 'reason' },
  },
  tasks: {
    title: 'Tasks', one: 'Task', count: '{n}', order: 'Order', by: { time: 'By time', far: 'By distance', map: 'Route' }, reload: 'Reload', mine: 'for me', queued: 'to be sent', none: 'No tasks now', noneSay: 'New ones appear here', unknown: 'No tasks known yet', unknownSay: 'Open this once with a network',
    age: 'This list is {t} old', way: '{n} stops, about {far} in all', mapLabel: 'Route of today\'s tasks', more: 'More', toRounds: 'My rounds', toPatrol: 'My walks', toThings: 'Scan · files', toOutbox: 'See the outbox', notKept: 'This case is not on the phone; it shows once there is a network', rework: 'Sent back {n} times:',
  },
  act: {
    away: '{far} from the place', reason: 'Reason', until: 'Suspend until', there: 'It is as reported', notThere: 'No such problem on the spot', quick: 'Cleared;Repaired;Put right',
    'answer-check': { yes: 'It is there', no: 'It is not' }, verify: { yes: 'Passed', no: 'Rework' },
    words: { 'answer-check': 'What you see', verify: 'In words (needed for rework)', finish: 'What was done', 'ask-bounce': 'In words', 'ask-extension': 'Why more time is needed', 'ask-suspension': 'Why it must wait', 'answer-supervision': 'Your answer', comment: 'Comment' },
    lack: { photo: 'a photo', choice: 'the result', text: 'words', reason: 'the reason', until: 'the date' },
  },
  messages: {
    none: 'No messages yet', unknown: 'No network, and no messages kept',
    kind: {
      other: 'News of a case', order: 'A new order', rework: 'Rework: verification failed', check: 'Please check on the spot', supervised: 'Supervision: an answer is due', supervision_answered: 'Supervision answered', urged: 'Urged', mentioned: 'You were named', emergency: 'Emergency: you command',
      escalated: 'Overdue: passed upwards', limit_near: 'The limit is near', limit_passed: 'The limit has passed', outcome_closed: 'Your report was closed', outcome_declined: 'Your report was declined', outcome_void: 'Your report was voided', outcome_merged: 'Your report was merged',
      asked_bounce: 'Asked: bounce', asked_extend: 'Asked: more time', asked_suspend: 'Asked: suspension', asked_void: 'Asked: voiding', asked_appeal: 'Asked: appeal', decided_bounce: 'Bounce decided', decided_extend: 'More time decided', decided_suspend: 'Suspension decided', decided_void: 'Voiding decided', decided_appeal: 'Appeal decided',
    },
  },
  mine: {
    language: 'Language', size: { title: 'Type size', normal: 'Normal', large: 'Large', largest: 'Largest' },
    map: { title: 'Offline map', none: 'Not on the phone yet ({all} tiles)', part: '{have} of {all} tiles', have: 'The whole street is on the phone ({all} tiles)', taking: 'Taking {done} of {all}, {size}', take: 'Download the map', failed: 'Not finished: try again with a better network; what came is kept' },
    room: { title: 'Storage', say: '{used} used of about {quota}.', safe: 'The system will not clear it.', unsafe: 'The system may clear it when room is short.', keep: 'Ask to keep it' },
    offline: { yes: 'Opens without a network.', no: 'Not ready to open without a network yet; stay online a moment.' },
    camera: { title: 'Camera', say: 'Once allowed, the camera opens in the page, and the first photo can be laid over it when verifying.', allow: 'Allow the camera' },
    out: { first: '{n} not sent and {d} drafts. They stay on this phone until you sign in again yourself.', second: 'Once more, please: {n} not sent will wait for your next sign-in.', stay: 'Stay signed in', go: 'Sign out all the same', really: 'Yes, sign out' },
  },
}
