export const zh = {
  myRounds: {
    title: '我的普查排查', none: '现在没有分给您的网格', noneSay: '有新的普查或排查会出现在这里', unknown: '还没有数据', unknownSay: '请联网打开一次', age: '清单为 {t}前', gone: '这一轮已结束，或不再有您的网格',
    purpose: { census: '普查', check: '排查' }, things: '{done}/{all} 件', grids: '{done}/{all} 格', mine: '我的 {n} 个网格', until: '{t} 截止', late: '已到期', left: '还剩 {n} 件', leftCensus: '{n} 件还没查看', allDone: '都查到了', damaged: '损坏 {n}',
    done: '{t} 报完', report: '这一格做完了', reportOf: '报告做完', leftSay: '还有 {n} 件未查到，请在说明中写明原因。', note: '说明', noteSay: '如：两家关门，已贴告知', send: '报告做完', queued: '待上传', more: '再看后面的', been: '到场待上传',
    censusSay: '逐件核对；新发现的请补登，已不在的请注销，都做完后报告。', toThings: '补登、扫码',
  },
}
