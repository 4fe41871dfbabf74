export const en = {
  signs: {
    unsafe: 'Unsafe signs', unsafeSays: 'Graded C or D by a check or a test; being put right, or to be looked at again', safe: 'No sign is graded C or D now.', unpermitted: 'No permit that needs one', unpermittedSays: 'By form, height, storey and place', all: 'Every sign that needs a permit has one that holds.', grade: 'Grade {g}', none: 'no paper', paper: 'has only: {p}', ran: 'permit ran out on {d}', more: 'Fifty more', loading: 'Loading…', since: 'checked {d}', papers: { permit: 'a permit', pledge: 'a pledge', filing: 'a filing' },
  },
}
