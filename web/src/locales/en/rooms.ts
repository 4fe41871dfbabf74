import type { zh as words } from '../zh/rooms'

export const en: typeof words = {
  rooms: {
    title: 'Rooms', list: 'My rooms', search: 'Find a room', none: 'No rooms yet', noneSay: 'The room of a case is opened from the case; that of an area by operators, dispatchers and grid chiefs of the street.', noMatch: 'No such room', pick: 'Choose a room on the left', more: 'More',
    of: { case: 'Case', area: 'Area' }, watching: 'Looking on', muted: 'Muted', emergency: 'Emergency', closed: 'Closed', unread: '{n} unread', asked: '{n} for me', late: '{n} overdue', members: '{n} members',
    noWords: 'Nobody has said anything yet', photo: '[{n} photos]', place: '[place]', new: 'Open an area room', close: 'Close the room', closeSay: 'It can then only be read; everything is kept.', closedSay: 'This room is closed: it can only be read.', readOnly: 'You are not a member: you may only read.',
    mute: 'Mute', unmute: 'Unmute', muteSay: "Of a muted room only urgent {'@'} reach you.", leave: 'Leave the room', toCase: 'Open the case',
    older: 'Earlier messages', newHere: 'New from here on', today: 'Today', yesterday: 'Yesterday', told: 'Case {number}: {outcome}', you: 'me',
    say: "Say something; type {'@'} to ask somebody", sayLabel: 'Message', send: 'Send', sendKeys: "Enter sends · Shift+Enter new line · {'@'} asks somebody", addPhoto: 'Add photos', dropPhoto: 'Drop photo {n}', at: 'Ask', atSay: 'Choose whom to ask', dropAt: 'Do not ask {who}', urgent: 'Urgent', urgentSay: 'Urgent: due in 30 minutes, and reaches those who muted the room', addPlace: 'Add where I am', dropPlace: 'Drop the place', placed: 'Place added', noPlace: 'The place is not to be had',
    due: 'To be done within', within: { default: 'Usual (1 day)', urgent: 'Usual (30 minutes)', m30: '30 minutes', h2: '2 hours', h4: '4 hours', d1: '1 day', d3: '3 days' },
    read: 'Read by {who} {t}', unseen: 'Not read', done: 'done {t}', doneBy: 'done by {who} {t}', doneLate: 'done late by {who} {t}', overdue: '{t} overdue', left: '{t} left', dueAt: 'due {t}', mine: "{'@'} me", finish: 'Done', reply: 'Reply', replyTo: 'Reply to {who}', dropReply: 'No reply', erased: 'Erased; its digest stays in the ledger',
    turn: 'Make it a case', turnAssist: 'Make it an assisting order', turned: 'Became case {number}', turnedAssist: 'Became an assisting order ({number})', outcome: { closed: 'closed', declined: 'declined', void: 'void', merged: 'merged', done: 'the assisting unit is done' },
    what: 'What is it', matter: 'Matter', matterSay: 'Find by name or code', noMatter: 'Nothing found', where: 'Where', description: 'What there is', cancel: 'Cancel', confirm: 'Hand over', task: 'What they are to do', unit: 'Unit', unitSay: 'Find a unit by name', usePhotos: 'With {n} photos of the message',
    erase: 'Erase', eraseWhy: 'Why it is erased', eraseSay: 'Words, place and photos are shown no more; the digest stays in the ledger.', onDuty: 'On duty: {who}', offDuty: 'Nobody on duty now', add: 'Add a member', post: 'Post', remove: 'Remove {who}', anyone: 'Everybody in that post', person: 'Person', name: 'Name of the room', openIt: 'Open', wholePost: '{post}, {unit}', photoOf: 'A photo by {who}', openPhoto: 'Show it large', shut: 'Close', back: 'Back',
  },
}
