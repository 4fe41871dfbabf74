export const zh = {
  things: {
    import: {
      do: '导入', title: '导入{kind}档案', says: 'CSV、XLSX 或 GeoJSON，列名与导出的文件相同。编码相同的按文件更新，空着的项清空；文件没有改口的值，不覆盖此后办理或改动的结果。', ground: '所属区域', file: '文件',
      noFile: '请选择文件', noGround: '请选择所属区域', would: '试导入：共 {rows} 行，都能导入。尚未写入，请核对后确认导入。', someBad: '试导入：共 {rows} 行，其中 {bad} 行有误不会导入，其余可以导入。尚未写入。', nothing: '共 {rows} 行，没有一行能导入。请改好文件后重新选择。',
      did: '已导入：共 {rows} 行，写入 {n} 行，{bad} 行有误未导入', kept: '{n} 处不覆盖：文件与上次相同，此后已在平台上办理或改动', keptOne: '{column}：文件为 {says}，保留 {now}',
    },
    nav: '档案', title: '一物一档', filters: '筛选', words: '编码、名称、地址', kinds: '类别', state: '状态', allStates: '全部状态', owed: '应尽事项', lapsed: '逾期', due: '将到期', rule: '事项', list: '档案清单', loading: '正在载入…', inGrid: '只看单元网格 {code}', allGrids: '看全部网格', count: '{n} 件', export: '导出 XLSX', more: '再看后面的',
    none: '没有档案', noneSay: '按现在的筛选没有。可以建档，或导入文件。', hint: '选一件，它的档案在这里打开。', dueAt: '{t} 到期', since: '{t} 起', shut: '关闭档案', grid: '网格 {code}', placed: '位置为推定', generated: '演示数据',
    owes: '应尽事项', owedState: { owed: '未到期', due: '将到期', lapsed: '已逾期' }, cases: '所立案件', damage: '检查发现损坏', facts: '基本情况', parties: '相关单位与关联', visits: '到场记录', noVisits: '还没有到场记录。', damaged: '发现损坏', doubts: '疑点：{what}', 
    when: '期限', change: '改动', changeOf: '改动：{what}', add: '建档', addOf: '新建{what}档案', save: '保存', place: '位置', placeMap: '点一下地图，定下位置', lon: '经度', lat: '纬度', datum: '坐标系', datums: { wgs84: 'WGS-84', cgcs2000: 'CGCS2000', gcj02: 'GCJ-02（高德、腾讯）', bd09: 'BD-09（百度）' }, noGrid: '这里不在任何单元网格内', placeSay: '点一下地图，或填经纬度', placeNeeded: '请在地图上点出位置，或填经纬度', theirs: '。对方改了：{list}。', again: '您填的都还在；看过后再按“保存”即可。',
    plain: { code: '编码', name: '名称', address: '地址', state: '状态', lon: '经度', lat: '纬度', grid_code: '单元网格', placed: '位置为推定' },
    setParty: '设定单位', roleOf: '哪一方', isNow: '现在：{who}', nobody: '无', nobodyNow: '不再有这一方', unit: '单位', partySay: '单位名称或编码', linkWith: '关联', linkKind: '关联类型', other: '关联哪一件', unlink: '解除',
    papers: '资料', noPapers: '还没有资料。', addPaper: '加资料', paperName: '资料名称', paperSay: '如：使用登记证、外观照', photo: '照片', drop: '撤下', dropSure: '确认撤下',
    tagsOf: '标签', noTags: '还没有贴标签。', bindTag: '登记标签', tagKind: '标签种类', tags: { nfc: 'NFC 标签', qr: '二维码', sun: '防伪 NFC 标签' }, uid: '标签编号（UID）', uidBad: '编号应为 8 至 64 位十六进制', key: '密钥（SDM 读取密钥）', keyBad: '密钥应为 32 位十六进制', keySay: '保存后即加密，不再显示',
    onMap: '在地图上看', pair: '{a}：{b}', record: '编号 {n}', steps: '可以办理', waiting: '等待办理', course: '办理经过', wasDue: '应在 {t} 前办理', photosNeeded: '照片（至少 {n} 张）', photosMay: '照片（可不拍）', hereNeeded: '这一步须在现场办理，请提供位置', hereFailed: '没能得到位置', locate: '用本机定位', note: '说明',
    revisions: '改动记录', byFile: '{who}（文件导入）',
    role: { owner: '权属单位', keeper: '使用管理单位', maintainer: '维护保养单位', responsible: '监管责任单位', third_party: '第三方单位' },
    how: { signed: '防伪标签', nfc: 'NFC 标签', qr: '二维码', typed: '未读标签' },
    doubt: { typed: '未读标签', unsigned: '标签可被复制', no_position: '没有定位', far: '定位离得太远', vague: '定位太粗', clock: '手机时间不可信', old: '很晚才上传', old_photo: '照片不是当时拍的', too_fast: '两次到场之间来不及走到', backwards: '标签计数与时间先后不符' },
  },
}
