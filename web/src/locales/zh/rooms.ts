export const zh = {
  rooms: {
    title: '协同群', list: '我的群', search: '查群名', none: '还没有群', noneSay: '案件的群从案件页打开；片区的群由街道值班员、派遣员或网格长开设。', noMatch: '没有符合的群', pick: '从左侧选一个群', more: '更多',
    of: { case: '案件群', area: '片区群' }, watching: '旁观', muted: '免打扰', emergency: '应急', closed: '已关闭', unread: '{n} 条未读', asked: "{'@'}我 {n} 件", late: '超时 {n} 件', members: '成员 {n}',
    noWords: '还没有人说话', photo: '[照片 {n} 张]', place: '[位置]', new: '开设片区群', close: '关闭群', closeSay: '关闭后只能查看，记录全部保留。', closedSay: '这个群已关闭，只能查看。', readOnly: '您不是群成员，只能查看。',
    mute: '免打扰', unmute: '取消免打扰', muteSay: "免打扰后，只有紧急{'@'}会通知您。", leave: '退出本群', toCase: '打开案件',
    older: '更早的消息', newHere: '以下为新消息', today: '今天', yesterday: '昨天', told: '案件 {number}：{outcome}', you: '我',
    say: "说点什么，输入 {'@'} 可点名", sayLabel: '消息', send: '发送', sendKeys: "Enter 发送 · Shift+Enter 换行 · {'@'} 点名", addPhoto: '添加照片', dropPhoto: '去掉第 {n} 张照片', at: '点名', atSay: '选择要点名的成员', dropAt: '不再点名 {who}', urgent: '紧急', urgentSay: '紧急：30 分钟内办，免打扰的人也会收到', addPlace: '附上我的位置', dropPlace: '去掉位置', placed: '已附位置', noPlace: '取不到位置',
    due: '办理时限', within: { default: '默认（1 天）', urgent: '默认（30 分钟）', m30: '30 分钟', h2: '2 小时', h4: '4 小时', d1: '1 天', d3: '3 天' },
    read: '{who} {t} 已读', unseen: '未读', done: '{t} 办好', doneBy: '{who} {t} 办好', doneLate: '{who} {t} 超时办好', overdue: '超时 {t}', left: '剩 {t}', dueAt: '{t} 前办', mine: "{'@'}我", finish: '办好了', reply: '回复', replyTo: '回复 {who}', dropReply: '不回复了', erased: '内容已删除，摘要保留在台账',
    turn: '转为案件', turnAssist: '转为协办单', turned: '已转案件 {number}', turnedAssist: '已转协办单（{number}）', outcome: { closed: '已结案', declined: '不予受理', void: '已作废', merged: '已并案', done: '协办已完成' },
    what: '是什么事', matter: '事项', matterSay: '按名称或代码查', noMatter: '没有查到', where: '在哪里', description: '情况', cancel: '取消', confirm: '转办', task: '请其做什么', unit: '单位', unitSay: '按名称查单位', usePhotos: '附上消息里的 {n} 张照片',
    erase: '删除内容', eraseWhy: '删除理由', eraseSay: '文字、位置和照片将不再显示，摘要保留在台账。', onDuty: '在岗：{who}', offDuty: '当前无人在岗', add: '加入成员', post: '岗位', remove: '移出 {who}', anyone: '该岗位全体', person: '人员', name: '群名', openIt: '开设', wholePost: '{unit} {post}', photoOf: '{who} 发的照片', openPhoto: '查看大图', shut: '关闭', back: '返回',
  },
}
