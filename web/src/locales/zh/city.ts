export const zh = {
  city: {
    nav: '地图', title: '网格地图', map: '网格地图。图上的网格、案件都在右侧列表中。', controls: '图层与着色', find: '查找地点', findSay: '道路、网格代码、责任网格', road: '道路',
    by: '网格着色', by_open: '在办', by_late: '逾期', by_in_time: '按期率', today: '今日', days: '近{n}天', noneClosed: '期内无结案', sayNow: '按此刻在办案件数着色', sayInTime: '{period}结案中从未超期的比例',
    layers: '图层', layer_grids: '单元网格', layer_duty: '责任网格', layer_colors: '网格着色', layer_cases: '在办案件', layer_components: '部件', layer_people: '在岗人员',
    allSteps: '全部环节', allTimes: '全部时限', casesCut: '案件较多，图上只有前一部分', zoomIn: '放大地图后显示部件', componentsCut: '本图面部件较多，只显示 500 个，请放大', peopleOff: '{n} 人没有上报位置',
    things: '档案', thingsFar: '按网格汇总；放大后逐件显示', thingsNear: '点一件，打开它的档案', thingsCut: '本图面较多，每类只显示 500 件，请放大',
    base: '底图', base_own: '内置', base_vec: '天地图', base_img: '影像',
    list: '单元网格', listFind: '网格代码、责任网格', duty: '责任网格', file: '网格档案', close: '关闭档案', hectares: '公顷', month: '近30天', openNow: '在办', lateNow: '逾期', reported30: '30天上报', closed30: '30天结案', inTime30: '30天按期率',
    people: '责任人', noPeople: '没有可见的责任人', onDuty: '值班至 {t}', offDuty: '未值班', call: '查看号码', callSay: '查看会留痕', noNumber: '没有登记联系方式', cases: '在办案件', noCases: '没有在办案件', components: '部件', gridThings: '档案', noThings: '没有登记档案', noComponents: '没有登记部件', kind: '种类', number: '数量', broken: '非完好', brokenN: '{n} 个非完好',
  },
}
