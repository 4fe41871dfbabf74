/** What a phone shows when it is told by push: read by the service worker, which has no page. Keys are kinds of notices. */
export const zh = {
  push: {
    title: {
      order: '新派单', rework: '返工', check: '核实任务', asked_bounce: '退单待审定', asked_extend: '延期待审定', asked_suspend: '挂账待审定',
      asked_void: '作废待审定', asked_appeal: '申诉待审定', decided_bounce: '退单已审定', decided_extend: '延期已审定', decided_suspend: '挂账已审定',
      decided_void: '作废已审定', decided_appeal: '申诉已审定', supervised: '督办', supervision_answered: '督办已答复', urged: '催办',
      mentioned: '有人 @ 您', room_mentioned: '协同群里有人 @ 您', room_overdue: '协同群：@ 已超时', emergency: '应急指挥', escalated: '逾期升级', other: '新消息',
    },
    urgent: '应急 · {title}',
    body: '案件 {number}，点开办理',
    open: '点开查看',
  },
}
