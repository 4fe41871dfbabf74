export const zh = {
  patrol: {
    shifts: '今日班次', noShifts: '今天没有排班次。', nobody: '无人巡查', unassigned: '待领取', missedN: '漏 {n}', damagedOne: '损坏',
    state: { planned: '未开始', walked: '巡查中', ended: '已结束', over: '已到点' },
    stop: { waiting: '待巡', done: '按时', late: '逾时', missed: '漏巡' },
    trend: '季度与年度趋势', what: '设备或场所', allWhat: '全部设备与场所', compared: '本季度与上季度、去年同期', of: { checks: '检查', damaged: '发现损坏', missed: '逾期未查' }, onBefore: '环比', onLastYear: '同比', yearBefore: '上年同月', series: '逐格数据 CSV', seriesSay: '逐月、逐格、逐类的检查、损坏与逾期未查', noTrend: '还没有检查记录。', chart: '逐月{what}，横线为上年同月',
    heat: '热力图', heatSays: '各单元网格本季度{what}', noHeat: '本季度没有。',
    assess: '人员与单位考核', by: { person: '人员', unit: '单位' }, month: '月份', export: '导出 XLSX', noAssessed: '这个月没有可看的考核；各人只看得到自己的，考核员、督办员、指挥长看全部。', closedOf: '结 {n} / {of}',
    col: { shifts: '班次', points: '点位', inTime: '按时率', missed: '漏巡', kept: '应尽按期', doubted: '有疑点', damage: '发现损坏' },
    assessSays: '班次：已走 / 应走；点位：已巡 / 应巡；应尽按期：按期 / 到期；有疑点：次数 / 到场次数。无人领取的班次和无人补做的逾期记在单位名下。',
    mine: '我的班次', noMine: '没有轮到您的班次。', noMineSay: '排给您或您所在单位的班次会出现在这里。', begin: '开始巡查', end: '结束巡查', going: '已在发送队列', endSure: '还有 {n} 个点位没有巡到，确定结束？', unreached: '未巡', no: '再看看', progress: '已巡 {n} / {of}', day: '{from}–{to}', asOf: '{t}前的内容',
    route: {
      title: '巡查路线', new: '新建路线', edit: '调整路线', none: '还没有巡查路线', noneSay: '先选点位，排一条路线。', hint: '选一条路线查看或调整，或新建一条。', walked: '在走的路线（{n}）', stopped: '已停用（{n}）', nPoints: '{n} 个点位', daily: '每天',
      name: '路线名称', nameSay: '如：梦花街早巡', unit: '由谁走（单位）', people: '指定人员', anybody: '不指定：该单位当班人员谁领谁走。', named: '只有指定的人员能领取。', weekdays: '星期', day: { 1: '一', 2: '二', 3: '三', 4: '四', 5: '五', 6: '六', 7: '日' }, begins: '几点开始', ends: '几点结束', nextDay: '到次日',
      points: '点位（按行走顺序，{n}）', find: '找点位或场所：名称、编码、地址', found: '找到的点位', notFound: '没有找到，换个词试试。', add: '加入', on: '已在路线上', noPoints: '还没有点位：在上面查找，或在地图上点选。', up: '上移：{what}', down: '下移：{what}', drop: '移出路线：{what}',
      dayNeeded: '至少选一天', pointNeeded: '至少选一个点位', save: '保存路线', saved: '已保存，今明两天的班次已排好。', retire: '停用路线', retireSure: '停用后不再排班，走过的记录保留；以后可以恢复。', retireGo: '确定停用', retired: '已停用。', resume: '恢复路线', resumed: '已恢复，今明两天的班次已排好。', again: '载入最新内容',
      unsaved: '这条路线的修改还没有保存。', stay: '继续改', leave: '放弃修改', map: '路线地图', mapSay: '点地图上的圆点，加入路线', mapMore: '点位太多，放大后显示全部；点圆点加入路线',
    },
  },
}
