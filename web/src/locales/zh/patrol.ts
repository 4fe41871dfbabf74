export const zh = {
  patrol: {
    shifts: '今日班次', noShifts: '今天没有排班次。', nobody: '无人巡查', unassigned: '待领取', missedN: '漏 {n}', damagedOne: '损坏',
    state: { planned: '未开始', walked: '巡查中', ended: '已结束', over: '已到点' },
    stop: { waiting: '待巡', done: '按时', late: '逾时', missed: '漏巡' },
    trend: '季度与年度趋势', what: '设备或场所', allWhat: '全部设备与场所', compared: '本季度与上季度、去年同期', of: { checks: '检查', damaged: '发现损坏', missed: '逾期未查' }, onBefore: '环比', onLastYear: '同比', yearBefore: '上年同月', noTrend: '还没有检查记录。', chart: '逐月{what}，横线为上年同月',
    heat: '热力图', heatSays: '各单元网格本季度{what}', noHeat: '本季度没有。',
    assess: '人员与单位考核', by: { person: '人员', unit: '单位' }, month: '月份', export: '导出 XLSX', noAssessed: '这个月没有可看的考核；各人只看得到自己的，考核员、督办员、指挥长看全部。', closedOf: '结 {n} / {of}',
    col: { shifts: '班次', points: '点位', inTime: '按时率', missed: '漏巡', kept: '应尽按期', doubted: '有疑点', damage: '发现损坏' },
    assessSays: '班次：已走 / 应走；点位：已巡 / 应巡；应尽按期：按期 / 到期；有疑点：次数 / 到场次数。无人领取的班次和无人补做的逾期记在单位名下。',
    mine: '我的班次', noMine: '没有轮到您的班次。', noMineSay: '排给您或您所在单位的班次会出现在这里。', begin: '开始巡查', end: '结束巡查', going: '已在发送队列', endSure: '还有 {n} 个点位没有巡到，确定结束？', no: '再看看', progress: '已巡 {n} / {of}', open: '我的巡查班次', tap: '到点后刷标签', day: '{from}–{to}', asOf: '{t}前的内容',
  },
}
