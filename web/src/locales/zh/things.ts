export const zh = {
  things: {
    nav: '档案', title: '一物一档', filters: '筛选', words: '编码、名称、地址', kinds: '类别', state: '状态', allStates: '全部状态', owed: '应尽事项', lapsed: '逾期', due: '将到期', rule: '事项', list: '档案清单', loading: '正在载入…', count: '{n} 件', export: '导出 XLSX', more: '再看后面的',
    none: '没有档案', noneSay: '按现在的筛选没有；可在“资料”中导入。', hint: '选一件，它的档案在这里打开。', dueAt: '{t} 到期', since: '{t} 起', shut: '关闭档案', grid: '网格 {code}', placed: '位置为推定', generated: '演示数据',
    owes: '应尽事项', owedState: { owed: '未到期', due: '将到期', lapsed: '已逾期' }, cases: '所立案件', damage: '检查发现损坏', facts: '基本情况', parties: '相关单位与关联', visits: '到场记录', noVisits: '还没有到场记录。', damaged: '发现损坏', doubts: '疑点：{what}', yes: '是', no: '否',
    role: { owner: '权属单位', keeper: '使用管理单位', maintainer: '维护保养单位', responsible: '监管责任单位', third_party: '第三方单位' },
    how: { signed: '防伪标签', nfc: 'NFC 标签', qr: '二维码', typed: '未读标签' },
    doubt: { typed: '未读标签', unsigned: '标签可被复制', no_position: '没有定位', far: '定位离得太远', vague: '定位太粗', clock: '手机时间不可信', old: '很晚才上传', old_photo: '照片不是当时拍的', too_fast: '两次到场之间来不及走到', backwards: '标签计数与时间先后不符' },
  },
}
