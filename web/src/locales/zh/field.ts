export const zh = {
  field: {
    title: '城管通 · 一网',
    tab: { label: '城管通栏目', tasks: '任务', report: '上报', messages: '消息', mine: '我的' },
    net: { off: '现在没有网络。照常工作，联网后自动上传。' },
    update: { ready: '有新版本', now: '立即更新' },
  },
}
