export const en = {
  queue: {
    title: 'To do', todo: 'Act', what: 'Case', who: 'Unit / area', left: 'Time left', none: 'Nothing waits for you', noneSuch: 'Nothing that waits fits', hint: 'Choose one to see its whole course, and act on it below.',
    keys: 'J K move · Enter opens · X chooses · N acts · / searches · Esc back', shown: '{n} of {all} listed', search: 'Number, matter, place, words', unit: 'Only of a unit', anyUnit: 'Any unit', mine: 'named', mineOnly: 'Names me',
    byAct: 'Only what is to be done', decide: 'Decide', late: '{n} late', save: 'Keep this filter', nameIt: 'A name for this filter', keep: 'Keep', forget: 'Forget the filter “{name}”',
    choose: 'Choose {number}', chooseAll: 'Choose all that are listed', chosen: '{n} chosen', clear: 'Choose none', bulk: 'All at once', bulkTitle: '{act}: {n} cases', results: 'How each went', ok: 'done', progress: '{done} done, {refused} not, of {all}', shut: 'Close',
    closeCondition: 'Closing condition (empty: that of each case’s filing condition)', urgeWords: 'What is urged (optional)', noCondition: 'No closing condition is given; close it by itself', noLead: 'The list does not name one unit to lead; dispatch it by itself', notNow: 'This cannot be done now', failed: 'It was not done; please try again',
    act: {
      accept: 'Accept', 'answer-check': 'Answer the check', file: 'File', dispatch: 'Dispatch', take: 'Take', finish: 'Finish', verify: 'Verify', close: 'Close', 'accept-late': 'Accept after the fact', 'file-late': 'File after the fact', decide: 'Decide',
      'answer-supervision': 'Answer the supervision', 'read-comment': 'Read what names me', urge: 'Urge',
    },
    bulkSay: {
      accept: 'Each is accepted by itself; what somebody else has done meanwhile is said.', take: 'Each order is taken by itself.', dispatch: 'Each goes where the responsibility list says; what the list leaves open is not sent, and stays with you.', close: 'Each is closed by itself; not what you handled yourself, nor what still owes a step.', urge: 'Each is urged by itself.', 'read-comment': 'Each is marked as read, with a receipt to who wrote it.',
    },
  },
}
