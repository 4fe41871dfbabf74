export const zh = {
  field: {
    title: '城管通 · 一网', close: '关闭', back: '返回',
    tab: { label: '城管通栏目', tasks: '任务', report: '上报', messages: '消息', mine: '我的' },
    rooms: { title: '协同群', unread: '{n} 条未读', asked: "{'@'}我 {n} 件" },
    net: { off: '现在没有网络。照常工作，联网后自动上传。' },
    update: { ready: '有新版本', now: '立即更新' },
    camera: {
      take: '拍{what}', again: '重拍{what}', drop: '去掉{what}照片', busy: '正在处理…', failed: '这张照片打不开，请重拍', shoot: '拍照', ghost: '首张照片', ghostAlt: '叠在取景上的首张照片',
    },
    map: { pin: '位置图钉，可拖动', failed: '地图没能载入' },
  },
  report: {
    title: '上报', sent: '上传记录', clear: '重来', send: '上报', keep: '存入待上传', photosLabel: '照片', photos: '{n} 张照片', drafts: '未完成的草稿 {n} 份', noMatter: '未选事项',
    returned: '被退回，请修改后重新上报：', full: '手机存储已满，刚拍、刚录的没有存下；已存的照片和草稿都在。请清理空间后再来。',
    what: '是什么问题', condition: '立案条件', limit: '时限 {t}', words: '说明', wordsHint: '可不填，按事项自动说明',
    self: '当场已处置', selfSay: '自处置：须拍处置前、处置后照片', emergency: '紧急险情', emergencySay: '危及安全，须立即多部门处置', lacks: '还缺：',
    lack: { photo: '近景或远景照片', after: '处置后照片', place: '位置', matter: '问题事项', condition: '立案条件' },
    voice: {
      start: '录语音备注', say: '可不录，最长 {n} 秒', on: '正在录音', stop: '停止', drop: '删除',
      denied: '麦克风未授权：请在浏览器设置里允许，或用文字说明。不录也能上报。', missing: '本机没有可用的麦克风，请用文字说明。不录也能上报。', busy: '麦克风正被别的程序占用，请稍后再录。不录也能上报。', short: '录音太短，没有留下', failed: '没有录成，请再试一次。不录也能上报。',
    },
    place: {
      title: '案发位置', words: '地点', map: '地图', noGrid: '网格待定，上传后由系统确定', byHand: '位置由手工选定', accuracy: '定位精度 ±{m} 米', rough: '定位只准到 ±{m} 米，请在地图上核对', looking: '正在定位…', denied: '定位未授权：请在地图上选点', none: '定位不到：请在地图上选点',
      drag: '拖动图钉，或点一下真实位置', me: '我的位置', here: '就在这里',
    },
    matter: { find: '查找事项', other: '换一个事项', hint: '名称、代码、类别，如“井盖”', groups: '全部大类', none: '目录里没有这样的事项', count: '{n} 项', component: '部件', matter: '事件', notKept: '手机里还没有事项目录，请联网打开一次城管通' },
    code: { title: '部件编码', scan: '扫部件码', starting: '正在打开相机…', looking: '对准部件上的二维码或条码', 'no-camera': '相机不可用，请输入编码', type: '部件编码（16 或 17 位数字）', bad: '编码应为 16 或 17 位数字', use: '使用这个编码' },
    near: { title: '附近已有 {n} 件同类案件', none: '附近没有同类案件', notAsked: '没有网络，未查重复', same: '是同一件', else: '不是同一件，就继续上报', said: '现场又见：{words}' },
  },
  outbox: {
    title: '上传记录', waiting: '{n} 条待上传', unsure: '{n} 条需要您处理', allSent: '全部已上传', sending: '正在上传…', offline: '没有网络，联网后自动上传', away: '连不上服务器，稍后自动再试', patience: '服务器请稍候，到时自动再传', elsewhere: '另一个页面正在上传',
    others: '本机另有 {n} 条属于他人，须本人登录后上传', now: '立即上传', another: '再报一件', none: '还没有上传记录', noneSay: '上报、核查、处置都会记在这里，看得到每一条传到哪一步',
    number: '编号 {n}', stands: '案件 {n} 现在：{step}', by: '{who} 承办', gone: '这件案件您已看不到（可能已转出）', change: '修改', comment: '作为留言发送', retry: '再试一次', drop: '放弃',
    asComment: '{act}未能办成，现场情况：{text}', dropTitle: '放弃这一条', dropSay: '“{what}”没有上传成功。放弃后，内容和照片将从手机删除，不能恢复。', dropYes: '删除，不上传', dropNo: '保留',
    state: { waiting: '待上传', sending: '上传中', received: '已收到', conflict: '有冲突', returned: '被退回' },
    act: { report: '上报', 'answer-check': '核实', verify: '核查', take: '接单', finish: '处置完成', 'ask-bounce': '申请退单', 'ask-extension': '申请延期', 'ask-suspension': '申请挂账', 'answer-supervision': '督办回复', 'read-comment': '已阅', comment: '留言', 'check-in': '到场检查', step: '办理', 'add-thing': '建档', document: '档案照片', 'report-grid': '网格做完', 'begin-shift': '开始巡查', 'end-shift': '结束巡查' },
    field: { description: '说明', text: '文字', place: '地点', photos: '照片', matter_code: '事项', condition_id: '立案条件', component: '部件编码', lon: '位置', lat: '位置', accuracy_m: '定位精度', result: '处置结果', until: '挂账期限', answer: '回复', reason: '理由' },
  },
  tasks: {
    title: '任务', one: '任务', count: '{n} 项', order: '排列方式', by: { time: '按时间', far: '按距离', map: '地图路线' }, reload: '刷新', mine: '给我的', queued: '待上传', none: '现在没有任务', noneSay: '有新任务会出现在这里', unknown: '还没有任务数据', unknownSay: '请联网打开一次',
    age: '任务清单为 {t}前', way: '{n} 处，走完约 {far}', mapLabel: '今日任务路线', more: '更多', toRounds: '普查排查', toPatrol: '巡查班次', toThings: '扫码到场', toOutbox: '查看上传', notKept: '这件案件没有存在手机里，联网后可看', rework: '第 {n} 次返工：',
  },
  act: {
    away: '距现场 {far}', reason: '退单理由', until: '挂账到', there: '现场属实', notThere: '现场未发现该问题', quick: '已清理完毕；已修复；已整改到位',
    'answer-check': { yes: '有此问题', no: '没有' }, verify: { yes: '通过', no: '返工' },
    words: { 'answer-check': '现场情况', verify: '核查意见（返工必填）', finish: '处置结果', 'ask-bounce': '说明', 'ask-extension': '为什么需要延期', 'ask-suspension': '为什么需要挂账', 'answer-supervision': '回复内容', comment: '留言' },
    lack: { photo: '照片', choice: '结论', text: '文字说明', reason: '理由', until: '日期' },
  },
  messages: {
    none: '还没有消息', unknown: '没有网络，还没有存下消息',
    kind: {
      other: '案件有新情况', order: '有新处置单', rework: '返工：核查未通过', check: '请您到现场核实', supervised: '督办：须答复', supervision_answered: '督办已答复', urged: '催办', mentioned: '有人提到您', emergency: '应急：由您指挥',
      escalated: '案件超期，已上报', limit_near: '时限将到', limit_passed: '已超时限', outcome_closed: '您上报的案件已结案', outcome_declined: '您上报的案件未受理', outcome_void: '您上报的案件已作废', outcome_merged: '您上报的案件已并案',
      asked_bounce: '申请退单', asked_extend: '申请延期', asked_suspend: '申请挂账', asked_void: '申请作废', asked_appeal: '申诉', decided_bounce: '退单已审批', decided_extend: '延期已审批', decided_suspend: '挂账已审批', decided_void: '作废已审批', decided_appeal: '申诉已复核',
    },
  },
  mine: {
    language: '语言', size: { title: '字号', normal: '标准', large: '大', largest: '特大' },
    map: { title: '离线地图', none: '还没有下载（{all} 块）', part: '已有 {have}/{all} 块', have: '本街道地图已全部在手机里（{all} 块）', taking: '正在下载 {done}/{all}，{size}', take: '下载离线地图', failed: '没有下完，请在网络好时再试；已下的还在' },
    room: { title: '存储', say: '已用 {used}，可用上限约 {quota}。', safe: '系统不会自行清理。', unsafe: '空间紧张时系统可能清理。', keep: '请系统保留' },
    offline: { yes: '没有网络也能打开城管通。', no: '离线打开尚未就绪，请联网停留片刻。' },
    camera: { title: '相机', say: '允许后，拍照直接在页面里打开，核查时可叠加首张照片对比。', allow: '允许使用相机' },
    out: { first: '还有 {n} 条没有上传、{d} 份草稿。退出后它们留在手机里，须您本人再登录才能上传。', second: '请再确认一次：{n} 条未上传的内容要等您下次登录。', stay: '先不退出', go: '仍要退出', really: '确认退出' },
  },
}
