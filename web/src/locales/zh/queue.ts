export const zh = {
  queue: {
    title: '待我办理', todo: '要办', what: '案件', who: '承办 / 区域', left: '剩余时间', none: '没有等您办理的事', noneSuch: '没有符合条件的待办', hint: '选一件，看它的全过程，并在下方办理。',
    keys: 'J K 上下 · Enter 打开 · X 选择 · N 办理 · / 查找 · Esc 返回', shown: '已列 {n} / 共 {all}', search: '查编号、事项、地点、描述', unit: '按单位筛选', anyUnit: '不限单位', mine: '指名', mineOnly: '指名给我的',
    byAct: '按要办的事筛选', decide: '审批', late: '超 {n}', save: '存为常用', nameIt: '给这个筛选起名', keep: '保存', forget: '删除常用筛选“{name}”',
    choose: '选择 {number}', chooseAll: '选择已列出的全部', chosen: '已选 {n} 项', clear: '取消选择', bulk: '成批办理', bulkTitle: '成批{act}：{n} 件', results: '逐件结果', ok: '已办', progress: '已办 {done}，未办成 {refused}，共 {all}', shut: '关闭',
    closeCondition: '结案条件（不填则用各案立案条件所定的）', urgeWords: '催办要求（可不填）', noCondition: '没有写明结案条件，请逐件结案', noLead: '清单未能给出唯一的主办单位，请逐件派遣', notNow: '现在不能办这一步', failed: '没有办成，请重试',
    act: {
      accept: '受理', 'answer-check': '核实', file: '立案', dispatch: '派遣', take: '接单', finish: '处置完成', verify: '核查', close: '结案', 'accept-late': '补受理', 'file-late': '补立案', decide: '审批',
      'answer-supervision': '督办回复', 'read-comment': "阅{'@'}我的留言", urge: '催办',
    },
    bulkSay: {
      accept: '逐件受理；已被别人办了的会如实说明。', take: '逐件接单。', dispatch: '按权责清单的建议逐件派遣；清单没有定论的不派，留给您逐件处理。', close: '逐件结案；自己处置过的、尚有欠办的不能结。', urge: '逐件催办。', 'read-comment': '逐条标为已阅，并给对方回执。',
    },
  },
}
