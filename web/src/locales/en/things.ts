export const en = {
  things: {
    nav: 'Files', title: 'One thing, one file', filters: 'Filters', words: 'Code, name or address', kinds: 'Kinds', state: 'State', allStates: 'All states', owed: 'What is owed', lapsed: 'Lapsed', due: 'Due soon', rule: 'Duty', list: 'The list of files', loading: 'Loading…', count: '{n} files', export: 'Export XLSX', more: 'More',
    none: 'No files', noneSay: 'None by these filters; they can be imported under Reference.', hint: 'Choose one; its file opens here.', dueAt: 'due {t}', since: 'since {t}', shut: 'Close the file', grid: 'Grid {code}', placed: 'position worked out', generated: 'demonstration',
    owes: 'What it owes', owedState: { owed: 'Not yet due', due: 'Due soon', lapsed: 'Lapsed' }, cases: 'Cases that came of it', damage: 'Damage found at a check', facts: 'What it is', parties: 'Who has to do with it', visits: 'Who was there', noVisits: 'Nobody has checked in yet.', damaged: 'damage found', doubts: 'Doubts: {what}', yes: 'Yes', no: 'No',
    role: { owner: 'Owner', keeper: 'Keeper', maintainer: 'Maintainer', responsible: 'Responsible', third_party: 'Third party' },
    how: { signed: 'Signed tag', nfc: 'NFC tag', qr: 'QR code', typed: 'No tag read' },
    doubt: { typed: 'no tag read', unsigned: 'the tag can be copied', no_position: 'no position', far: 'too far away', vague: 'the position is vague', clock: "the phone's clock cannot be", old: 'told long afterwards', old_photo: 'the photo was not taken then', too_fast: 'no time to get there since the last one', backwards: "the tag's counter and the times disagree" },
  },
}
