export const zh = {
  acts: {
    label: '可办事项', more: '更多', nothingWaits: '没有等您办理的事', done: '{act}：已办', notNow: '这一步现在不能办',
    cancel: '取消', sending: '正在提交…', keys: 'Ctrl + Enter 提交 · Esc 取消', optional: '（可不填）', yes: '是', no: '否', asking: '正在查询…',
    nowStands: '案件 {number} 现在是“{step}”', gone: '情况已变，这一步现在不能办了', sure: '确认{act}？',
    supervisedBy: '{who}督办，{t} 前须答复', orderOf: '处置单：{unit}',
    field: {
      declineReason: '不予受理的理由（将告知上报人）', closeCondition: '结案条件（已达到的要求）', bounceReason: '退单原因', explain: '说明', reason: '理由', suspendUntil: '挂账至', remark: '备注',
      urgeWords: '催办要求', answer: '督办回复', rating: '满意度（5 为最高）', solved: '问题解决了吗', checkNote: '请核实什么', decideWords: '审批意见', result: '处置结果', spotWords: '现场情况',
      forceReason: '强制派遣的理由（此单不能再退）', minutes: '几分钟内到场', superviseText: '督办要求', comment: '留言',
    },
    whoChecks: '派谁去现场核实（值班人员）', nobodyOnDuty: '此时此地没有人值班', itsGrid: '本责任网格', dutyUntil: '值班至 {t}',
    whichCondition: '立案条件（时限由它而定）', noConditions: '目录里没有这个事项的立案条件', closeWhen: '结案：', openEnded: '不按条件立案，不设时限', wouldBeDue: '现在立案，{t} 到期',
    nearOnes: '附近有 {n} 件同类在办案件，可能是同一个问题', mergeInto: '并入此案', metres: '{n} 米', searchCases: '按编号、地点、事项查找', search: '查找', mergeWhich: '并入哪一件', noneFound: '没有找到', noneNear: '附近没有同类在办案件，可按编号查找',
    verdict: '审批', sofar: '本案已退单 {bounces} 次、延期 {extensions} 次、挂账 {suspensions} 次', reviews: '已有 {n} 人同意，共需 {all} 人',
    passed: { ask: '核查结果', yes: '通过', no: '不通过，返工' }, found: { ask: '核实结果', yes: '情况属实', no: '未发现问题' },
    photosOf: '{kind}照片', addPhoto: '＋ 选照片', uploading: '正在上传…', removePhoto: '去掉这张照片', locate: '用本机定位', locating: '正在定位…', noPosition: '没能得到位置', positionHelps: '位置可不填', positionNeeded: '须在现场办理，请提供位置',
    recommended: '建议主办：{unit}', conflict: '清单有冲突', fallback: '属地兜底', basis: '依据：', nobodyListed: '权责清单里没有人负责，请自行选定', bouncedBefore: '本案已退单 {n} 次（{units}）',
    whoHandles: '承办单位（第一个主办，其余协办）', whoAssists: '增派的协办单位', whoComes: '到场单位（第一个主办）', dropHere: '把单位拖到这里，或从下面选', onDuty: '值班', nobodyThere: '现无人值班', outOfSight: '不在您的辖区，看不到', task: '任务', turn: '顺序', turnSay: '顺序相同的同时办理，靠后的等靠前的办完', suggested: '建议的单位', findUnit: '查找单位名称或代码',
    added: '已加入{unit}', moved: '{unit}移到第 {n} 位', up: '{unit}上移', down: '{unit}下移', remove: '去掉{unit}',
    emergencySay: '立即通知到场，手续可后补：未受理、未立案的，结案前必须补办。', whoCommands: '现场指挥（值班的指挥长、网格长）', whoAnswers: '督办哪个单位', answerWithin: '答复期限', hours: '{n} 小时', whoIsNamed: "{'@'} 谁（将通知本人并要回执）",
  },
}
