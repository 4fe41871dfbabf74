/** What a phone shows when it is told by push: read by the service worker, which has no page. Keys are kinds of notices. */
export const en = {
  push: {
    title: {
      order: 'New order', rework: 'Rework', check: 'To be checked', asked_bounce: 'Bounce to decide', asked_extend: 'Extension to decide', asked_suspend: 'Suspension to decide',
      asked_void: 'Voiding to decide', asked_appeal: 'Appeal to decide', decided_bounce: 'Bounce decided', decided_extend: 'Extension decided', decided_suspend: 'Suspension decided',
      decided_void: 'Voiding decided', decided_appeal: 'Appeal decided', supervised: 'Supervision', supervision_answered: 'Supervision answered', urged: 'Urged',
      mentioned: 'You were mentioned', room_mentioned: 'You were mentioned in a room', room_overdue: 'Room: an @ is overdue', emergency: 'Emergency: you command', escalated: 'Escalated, overdue', other: 'News',
    },
    urgent: 'Emergency · {title}',
    body: 'Case {number}: open to act',
    open: 'Open to see',
  },
}
