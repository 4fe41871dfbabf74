export const zh = {
  lifts: {
    nobody: '现在没有人被困在电梯里', trapped: '正在困人', called: '通知维保', arrived: '维保到场', left: '还剩 {t}', over: '已超 {t}', done: '用时 {t}', late: '{t}，超时', case: '案件', sinceIs: '{t} 起', long: '已困 {t}',
    ranking: '老旧电梯排序', rankingSays: '满分 100，分数越高越应先看；每分都有理由', reason: '理由', anyReason: '全部理由', least: '至少', anyLeast: '不限分', points: '{n} 分', years: '使用 {n} 年', unknownYears: '年限不明', more: '再看 50 台', none: '没有符合条件的电梯。', loading: '正在载入…', words: '编码、名称、地址',
    registry: '导入监管部门台账', importRegistry: '导入台账', registrySays: '监管部门的电梯台账（CSV、XLSX），按所选台账的列名读取；地址里的道路定出位置，标为推定。先试导入，核对后再确认。', whichRegistry: '哪种台账', heads: '读取的 {n} 个列名', source: '列名依据：{source}', and: '、', firm: '{firm}（{n} 台）', unknown: '平台上没有这些单位，相应的使用或维保单位先空着，登记单位后再导入一次：{firms}',
    factor: { age: '使用年限', use: '使用场所', traps: '困人', faults: '故障', maintenance: '维保逾期', inspection: '检验逾期', assessed: '安全评估', stops: '层站多', unmonitored: '无远程监测' },
  },
}
