export const zh = {
  homes: {
    buildings: '楼栋', people: '重点人群', find: '找楼栋', words: '门牌、名称、编码', all: '全部居委', unit: '居委', group: '人群', loading: '正在载入…', more: '再看后面的', noBuildings: '没有符合的楼栋', noPeople: '没有这样的人',
    noSight: '您的岗位看不到住户名单，只看人数。', hint: '选一幢楼，看它的每一户。', pickHome: '点一户，看房屋和住户。', livingIn: '{n} 人在住', homesIn: '{n} 户', front: '{name} 立面', unitOf: '{n} 单元', unitShort: '{n} 单元', floor: '{n} 层', below: '地下 {n} 层', top: '{n} 层以上',
    built: '{n} 年建成', storeys: '地上 {n} 层', units: '{n} 个单元', noHomes: '这幢楼还没有房屋档案；可在“档案”中导入。', legend: '图例',
    offline: '没有网络；住户信息不存在手机里。', sum: { homes: '户', living: '在住' }, tenure: { 自住: '自住', 出租: '出租', 空置: '空置' }, mark: { alone: '独居', aged: '80 岁以上', care: '重点关爱' }, cellLiving: '，{n} 人', area: '{n} m²',
    file: '房屋档案', shut: '关上', home: '住户', tenureIs: '使用情况', areaIs: '建筑面积', code: '编码', living: '在住 {n} 人', nobody: '没有人登记在这里。', past: '曾住（{n}）', generated: '演示数据，均为虚构',
    age: '{n} 岁', sex: { male: '男', female: '女' }, relation: { owner: '产权人', tenant: '承租人', family: '家属', other: '其他' }, groups: { elder: '60+', aged: '80+', alone: '独居', alone_elder: '60+ 独居', alone_aged: '80+ 独居', care: '重点关爱' },
    groupOf: { alone_aged: '80 岁以上独居', alone_elder: '60 岁以上独居', aged: '80 岁以上', elder: '60 岁以上', alone: '独居', care: '重点关爱' },
    idNumber: '身份证号', phone: '电话', since: '{t} 起住', stay: '{from} 至 {to}', unread: '密文无法打开，请联系管理员', erased: '个人信息已于 {t} 删除', why: '事由：{why}', expired: '保存期满', keptUntil: '保存至 {t}', born: '出生日期', noPhone: '未登记',
    add: '登记入住', change: '变更', leave: '搬离', unmask: '查看明文', erase: '删除个人信息', hide: '收起明文', clear: '明文，{n} 秒后收起',
    metAt: '上次见到本人 {t}', neverMet: '还没有走访过', elsewhere: '这一户不在您的网格，不显示住户信息。',
    byName: '按姓名', seek: '按姓名查找住户', doSeek: '查找', seekSay: '每次查找都记入台账，上级可以看到是谁、为什么找；姓名不留存，结果打码。', nameSay: '须写全名；只找您辖区内在住的人。', seekReason: '请写明为什么要找；不要写姓名、电话、证件号码。', found: '查到 {n} 人', foundMore: '查到 {n} 人以上，只列前 {n} 人', foundSay: '此次查找已记入台账。', foundNone: '辖区内没有叫这个名字的在住人员。',
    addTo: '登记入住：{home}', changeOf: '变更住户信息：{who}', leaveOf: '登记搬离：{who}', unmaskOf: '查看住户信息：{who}', eraseOf: '删除个人信息：{who}', save: '保存', see: '查看', doLeave: '登记搬离', doErase: '删除',
    name: '姓名', relationOf: '与房屋的关系', care: '列为重点关爱', sinceDay: '入住日期', untilDay: '搬离日期', sexOf: '性别', unknown: '未知', purpose: '用途', purposes: { visit: '走访关爱', check: '核实情况', complaint: '处理投诉', oversight: '督察', other: '其他' }, reason: '事由', reasonSay: '请写明为什么要看；不要写电话、证件号码。', unmaskSay: '每次查看都记入台账，上级可以看到是谁、为什么看。', eraseSay: '姓名、证件、电话和出生日期将永久删除，无法恢复；入住和搬离的时间、台账里的记录保留。', leaveSay: '搬离满一年后，个人信息自动删除。', keepSay: '空着的项保持不变。', idSay: '填了身份证号，出生日期和性别由号码得出。', idSayMade: '演示房屋只收虚构的证件号（99 开头）。', notShown: '不改动则不必填写', takeAway: '清除电话', take: '清除',
  },
}
