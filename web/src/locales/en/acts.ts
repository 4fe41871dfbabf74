export const en = {
  acts: {
    label: 'What may be done', more: 'More', nothingWaits: 'Nothing here waits for you', done: '{act}: done', notNow: 'This cannot be done now',
    cancel: 'Cancel', sending: 'Sending…', keys: 'Ctrl + Enter sends · Esc cancels', optional: '(optional)', yes: 'Yes', no: 'No', asking: 'Looking it up…',
    nowStands: 'Case {number} is now: {step}', gone: 'Things have changed; this cannot be done any more', sure: '{act}: are you sure?',
    supervisedBy: '{who} demands an answer by {t}', orderOf: 'Order of {unit}',
    field: {
      declineReason: 'Why it is declined (the reporter is told)', closeCondition: 'Closing condition that is met', bounceReason: 'Why it is bounced', explain: 'Explanation', reason: 'Reason', suspendUntil: 'Suspended until', remark: 'Remark',
      urgeWords: 'What is urged', answer: 'Answer', rating: 'How satisfied (5 is best)', solved: 'Is the problem solved', checkNote: 'What to check', decideWords: 'Opinion', result: 'What was done', spotWords: 'What was found there',
      forceReason: 'Why by force (this order cannot be bounced)', minutes: 'To be there within minutes', superviseText: 'What must be answered', comment: 'Comment',
    },
    whoChecks: 'Who goes and checks (on duty)', nobodyOnDuty: 'Nobody is on duty here now', itsGrid: 'of this duty grid', dutyUntil: 'on duty until {t}',
    whichCondition: 'Filing condition (the limit hangs on it)', noConditions: 'The catalogue has no filing condition for this matter', closeWhen: 'Closed when: ', openEnded: 'File without a condition and without a limit', wouldBeDue: 'Filed now, it is due {t}',
    nearOnes: '{n} open cases of this matter near by: perhaps the same problem', mergeInto: 'Merge into it', metres: '{n} m', searchCases: 'Find by number, place or matter', search: 'Find', mergeWhich: 'Merge into which case', noneFound: 'None found', noneNear: 'No open case of this matter near by; find one by its number',
    verdict: 'Decision', sofar: 'So far bounced {bounces}, extended {extensions}, suspended {suspensions} times', reviews: '{n} of {all} reviewers have agreed',
    passed: { ask: 'Verification', yes: 'Passed', no: 'Failed, rework' }, found: { ask: 'Check', yes: 'Confirmed', no: 'Nothing found' },
    photosOf: 'Photos: {kind}', addPhoto: '＋ Choose photos', uploading: 'Uploading…', removePhoto: 'Remove this photo', locate: 'Use my position', locating: 'Locating…', noPosition: 'No position could be had', positionHelps: 'The position is optional', positionNeeded: 'This is done on the spot: your position is needed',
    recommended: 'Recommended to lead: {unit}', conflict: 'the list contradicts itself', fallback: 'nobody listed: the street', basis: 'Basis: ', nobodyListed: 'Nobody is listed for this; please choose', bouncedBefore: 'Bounced {n} times so far ({units})',
    whoHandles: 'Who handles it (the first leads, the others assist)', whoAssists: 'One more assisting unit', whoComes: 'Who comes (the first leads)', dropHere: 'Drag a unit here, or choose one below', onDuty: 'On duty:', nobodyThere: 'nobody now', outOfSight: 'not in your sight', task: 'Task', turn: 'Turn', turnSay: 'Equal turns work at once; a later one waits for those before it', suggested: 'Suggested units', findUnit: 'Find a unit by name or code',
    added: '{unit} added', moved: '{unit} moved to place {n}', up: 'Move {unit} up', down: 'Move {unit} down', remove: 'Remove {unit}',
    emergencySay: 'Everybody is called at once. Acceptance and filing may follow, but must be made good before it is closed.', whoCommands: 'Who commands (on duty)', whoAnswers: 'Which unit must answer', answerWithin: 'To be answered within', hours: '{n} hours', whoIsNamed: "Name with {'@'} (they are told, and their reading is receipted)",
  },
}
