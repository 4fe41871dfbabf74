export const en = {
  thing: {
    evidence: 'What this check must show', short: 'Missing: {what}. Without it this does not count', proofThere: ' (there)', proofMissing: ' (missing)',
    proof: { tap: 'tag read', signed: 'tag that cannot be copied', place: 'position on the spot', photo: 'photo', form: 'check form' },
    title: 'Files', lists: 'Lists', list: { due: 'Due', care: 'Visits', near: 'Near', seen: 'Seen' }, none: { due: 'Nothing is due now', care: 'Nobody is due a visit now', near: 'Nothing stands near', seen: 'Nothing seen yet', found: 'Nothing found' }, noneOffline: 'No network: only what the phone holds', age: 'as of {t} ago',
    scan: 'Scan', nfc: 'Read NFC', stopNfc: 'Stop', holdTag: 'Hold the back of the phone to the tag…', nfcFailed: 'NFC is off: switch it on in the settings, or scan', aim: 'Aim at the QR code on the tag', looking: 'Looking this tag up…',
    unknownTag: 'This tag or code is not registered', unknownOffline: 'The phone does not hold this tag, and there is no network; look under “Seen”', tagRead: 'Tag read', noTag: 'No tag read yet: it proves that you were here', tagElsewhere: 'This tag is not on this thing',
    check: 'Check in', damaged: 'Something is damaged', damagedSay: 'It becomes a case for somebody to handle; please take a photo', photo: 'Photo on the spot', away: '{far} away', notKept: 'This file is not kept on the phone; it can be seen with a network', add: 'Enter', addTitle: 'Found: enter a file',
    lack: { fields: 'something is missing or wrong', place: 'position' },
  },
}
