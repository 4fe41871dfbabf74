export const zh = {
  desk: {
    title: '一网 Yiwang · 工作台',
    nav: { label: '工作台栏目', today: '今日', queue: '待办', rooms: '协同群' },
    room: '案件协同群', newRoom: '开设案件协同群', unread: '{n} 条未读',
    away: '这一页没能载入，请重试',
  },
}
