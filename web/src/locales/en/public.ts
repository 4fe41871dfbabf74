export const en = {
  public: {
    title: 'Report it · Yiwang', name: 'Report it', skip: 'Skip to the content', back: 'Back to the start', again: 'Try again', failed: 'That did not work; please try again',
    foot: 'The public pages of the Yiwang platform. No account needed, no advertisements.',
    home: {
      title: 'Something wrong? Report it', lead: 'A broken road, a dark lamp, rubbish left lying: take a photo, and it is carried through to the end.', nav: 'What would you like to do',
      report: 'Report a problem', reportSay: 'A photo and a few words, one minute', follow: 'Follow a report', followSay: 'With its number and code, see how far it has come', map: 'Public map', mapSay: 'What is open, overdue and done, all of it',
      receipt: 'Check a receipt', receiptSay: 'See for yourself that no record was changed', callTitle: 'Or call', call: 'If reporting by phone screen is not for you, call the hotline and just say it. In danger, call the police first.', call12345: 'Call the 12345 hotline', call110: 'Emergency: 110',
    },
    report: {
      title: 'Report a problem', lead: 'No account needed. A photo, the place, a few words: the clearer, the quicker.',
      photos: 'Photos', take: 'Take a photo', choose: 'Choose from album', photoHint: 'Six at most; best one from near and one from afar. Please keep faces and number plates out.', photoN: 'Photo {n}', removePhoto: 'Remove',
      where: 'Where', locate: 'Use where I am now', locating: 'Finding your position…', pick: 'Point on the map', pickHint: 'Tap the map to set the pin; the pin can be dragged.', located: 'Position found, within some {m} m.', pinned: 'The place is set on the map.', noPosition: 'No position. Point on the map, or describe the place below.',
      area: 'Neighbourhood', areaChoose: 'Please choose', place: 'Place', placeMore: 'More about the place (optional)', placeLike: 'e.g. in front of 120 Wenmiao Road',
      what: 'What is wrong', words: 'Describe it', wordsLike: 'e.g. a heap of rubbish, not collected for two days', matter: 'Kind of problem (optional)', matterOpen: 'Not sure: let the staff decide',
      you: 'How you will hear of it', phone: 'Telephone (optional)', phoneHint: 'With it you are told the outcome by text message, and can follow by one; without it, by the code you get.', phoneOnly: 'So that the staff can reach you; you follow by the code you get.', consentRead: 'How your data are used', consentVersion: 'Notice version {v}', agree: 'I have read this and agree',
      needWords: 'Please describe the problem', needPlace: 'Please give a position, or choose the neighbourhood and describe the place', wrongPhone: 'Please check the telephone number', needConsent: 'Please read and agree first',
      send: 'Send', sending: { photo: 'Sending photo {n} of {all}…', report: 'Sending…' },
    },
    sent: {
      title: 'Received, thank you', say: 'Your report came in at {t} and is with the officer on duty.', number: 'Number', code: 'Code', save: 'Please keep number and code: you need both to follow and to rate. The code is shown only this once.',
      copy: 'Copy number and code', copied: 'Copied', keep: 'Remember on this device', kept: 'Remembered on this device', follow: 'See its progress', keepHint: 'Not on a device that others use, please.', text: 'Report number {number}, code {code}',
    },
    follow: {
      title: 'Follow a report', lead: 'With the number and code you got; or, if you left a telephone, with a code by text message.', mine: 'Remembered on this device', forget: 'Forget', forgetOne: 'Forget {number}',
      by: 'How to look it up', byCode: 'Code of the report', byPhone: 'Text message', number: 'Number', numberLike: 'e.g. 2611P0000001', code: 'Code', phone: 'The telephone you left', ask: 'Send me a code', sms: 'Code by text message', sentCode: 'If number and telephone are right, a code is on its way, good for ten minutes.', demoCode: 'This is a demonstration and sends no messages; the code is {code}',
      look: 'Look it up', empty: 'Please enter number and code', another: 'Another report', again: 'Refresh', late: 'past its limit', suspended: 'Put off with approval, until it can be done.', merged: 'Handled together with another report of the same problem; what follows is their common progress.', reason: 'Reason: {why}',
      matter: 'Kind', said: 'You said', place: 'Place', due: 'Due by', steps: 'How far it has come', photos: 'Photos', before: 'Yours', after: 'After handling', beforeAlt: 'Your photo {n}', afterAlt: 'Photo {n} after handling', course: 'What happened', receipt: 'Receipt',
      receiptSay: 'The receipt is a file with every record of this matter, and the signature over it. Keep it, and any later change can be found.', notSealed: 'The newest record is just being signed; refresh in some seconds to download.', getReceipt: 'Download the receipt', checkReceipt: 'Check a receipt',
      state: { now: 'now', todo: 'to come' },
      stage: { reported: 'Your report came in', accepted: 'It is ours to look after', filed: 'The clock starts', dispatched: 'Who does it is settled', handled: 'The work on the spot', verified: 'Somebody else goes to look', closed: 'Done and filed away' },
    },
    closed: {
      title: 'What "closed" means', units: 'Handled by {units}', onSpot: 'Put right on the spot by the patrol', verified: 'Somebody else went to look, not the one who did the work', condition: 'Closing condition: {what}', onTime: 'Done within its limit', notOnTime: 'Done, but later than its limit',
    },
    rate: {
      title: 'Please rate it', solved: 'Is it solved?', yes: 'Yes, solved', no: 'No, not solved', stars: 'Your rating', star1: 'Bad', star2: 'Poor', star3: 'Fair', star4: 'Good', star5: 'Great', words: 'In your words (optional)', send: 'Send', need: 'Please say whether it is solved, and rate it',
      once: 'Only once. "Not solved" opens it again, one time.', saidSolved: 'You rated it {n}: solved. Thank you.', saidNot: 'You rated it {n}: not solved. It is on record.',
    },
    map: {
      title: 'Public map', lead: 'What is open, overdue and done, good and bad alike.', loading: 'Loading…', noMap: 'This browser cannot draw the map; the list below says the same.', label: 'Public map. All that is on it is in the list below.', legend: 'Legend: tick what to show', zoomIn: 'Zoom in', zoomOut: 'Zoom out', twoFingers: 'Use two fingers to move the map', ctrl: 'Hold Ctrl and scroll to zoom',
      overdue: 'Overdue', open: 'Open', closed: 'Closed', closed30: 'Closed in 30 days', under: 'As of {t}. Places are rounded to some 50 m; what is indoors or concerns persons is only counted per grid. The darker a grid, the more is open there.', hidden: 'That is so of {n} more open ones.', truncated: 'There are many: the map shows some of them, the grids count all.',
      list: 'Cases on the map', none: 'Nothing to show', reportedOn: 'reported {d}', closedOn: 'closed {d}', more: 'Show more ({n} left)', grids: 'Numbers by grid', grid: 'Grid', meansTitle: 'What "closed" means',
      means: 'After the unit says that it is done, somebody else goes to look and takes a photo; only when the closing condition is met is it closed. If the reporter says it is not solved, it is opened again. What was late stays late, even when it is done later.',
    },
    receipt: {
      title: 'Check a receipt', lead: 'Worked out in your own browser; the file is sent nowhere.', choose: 'Choose the receipt file', drop: 'Or drop the file here.', paste: 'Or paste its content here', check: 'Check', tooLarge: 'The file is too large for a receipt',
      ok: 'It holds', okSay: 'All {n} records of number {number} fit the signature: none was changed.', no: 'It does not hold', cannot: 'This browser cannot check it',
      fault: {
        unreadable: 'This is not a readable receipt.', format: 'A receipt of an unknown format.', count: 'The number of records is wrong: some were taken out or put in.', entry: 'Record {n} does not fit: it was altered.', head: 'The signed part is malformed: it was altered.', key: 'It is signed with a key ({key}) that this platform has not published.', signature: 'The signature does not fit: the signed part was altered.',
        unable: 'It is signed with SM2, or this browser lacks what is needed. Please check it by the command yiwang ledger check.', sm3: 'It uses the digest SM3, which browsers do not know; that does not mean anything is wrong. Please check it by the command yiwang ledger check.',
      },
      otherHead: 'Careful: the head that the platform publishes now is not the one in this receipt. Keep it, and tell the authority.', entries: 'Record by record', entry: 'Record {n}:', head: 'Signed head', headSay: '{n} records, signed {t}.', sameHead: 'The platform publishes the same.', key: 'Key',
      howTitle: 'How it is checked', how: 'The digest of each record includes that of the one before; all are gathered into one digest, which the platform signs with its key. Change one character, and nothing fits any more.', limits: 'A receipt proves that its own records were not changed; for what happened since, download it anew. To depend on nobody, keep the public key beforehand and check by the command line.',
    },
    event: {
      reported: 'reported', consent_given: 'agreed to the notice on personal data', accepted: 'accepted', declined: 'declined', check_asked: 'somebody sent to look', check_answered: 'checked on the spot', filed: 'filed', handled_on_spot: 'put right on the spot', dispatched: 'dispatched', assist_added: 'another unit assists', order_taken: 'order taken', order_finished: 'handling finished', verified: 'verified on the spot', closed: 'closed', voided: 'made void', reopened: 'reopened', report_rated: 'rated by its reporter',
      request_asked: 'request made', request_decided: 'request decided', resumed: 'taken up again', merged: 'merged', unmerged: 'merge undone', duplicate_joined: 'a duplicate joined', emergency_declared: 'emergency', supervised: 'supervised', supervision_answered: 'supervision answered', urged: 'urged', commented: 'comment', comment_read: 'comment read', limit_near: 'limit near', limit_passed: 'limit passed', escalated: 'escalated', deadline_reworked: 'deadline worked out anew', contact_erased: 'contact erased', contact_unmasked: 'contact seen in clear',
    },
  },
}
