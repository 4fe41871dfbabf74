export const en = {
  erase: {
    open: 'Personal data', title: 'See or erase personal data', say: 'Only the content goes: digests, entries and seals stay, and the proof of the case stays whole. It cannot be undone.', shut: 'Close',
    tabs: { photo: 'Photo or voice', words: 'Erase words', contact: "Reporter's contact" }, photos: 'Which photo or voice note', noPhotos: 'No photo or voice note to erase', texts: 'Which words', noTexts: 'No words to erase', description: 'Description of the case', entry: 'entry {n}, {who}',
    reason: 'Reason (kept in the ledger; no names or telephones, please)', photoReason: "e.g. the photo shows a child's face, the recording says a name", wordsReason: "e.g. the comment names a resident", sure: 'I have checked: erase it. It cannot be undone; the proof stays whole', doPhoto: 'Erase it', doWords: 'Erase the words', sending: 'Sending…',
    donePhoto: 'Erased; the proof stays', doneWords: 'The words are erased; the proof stays', doneContact: "The reporter's data are erased; the proof stays", gone: 'Photo erased', by: '{who}, {t}', why: 'Reason: {why}', kept: 'its digest stays',
    noContact: 'No contact was left, or it has been erased', report: '{channel}, reported {t}', masked: 'masked', clear: 'in clear: for your eyes only', secret: 'asked for secrecy', purpose: 'What for', purposes: { callback: 'calling the reporter back', check: 'checking the facts', complaint: 'answering a complaint', oversight: 'oversight', other: 'other' }, unmask: 'See in clear', unmaskReason: 'Why you need to see it', unmaskSay: 'It leaves a trace that your superior sees.', eraseContact: 'Erase the contact', contactSure: 'The reporter wishes it; it cannot be undone',
  },
}
