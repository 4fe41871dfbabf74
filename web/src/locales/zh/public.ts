export const zh = {
  public: {
    title: '随手报 · 一网', name: '随手报', skip: '跳到正文', back: '回到首页', again: '再试一次', failed: '没有成功，请再试一次',
    foot: '一网统管平台公众页面。不需要注册，没有广告。',
    home: {
      title: '看到问题，随手一报', lead: '路坏了、灯不亮、垃圾没人收……拍一张照片，就有人管到底。', nav: '要做什么',
      report: '我要上报', reportSay: '拍照、说一句，一分钟', follow: '查进度', followSay: '凭编号和查询码看办到哪步', map: '公开地图', mapSay: '在办、超期、办完，都在上面',
      receipt: '核验回执', receiptSay: '自己验一验记录改过没有', callTitle: '也可以打电话', call: '不方便用手机上报，请拨打市民热线，说一声就行。有人身危险请先报警。', call12345: '拨打 12345 热线', call110: '危急报警 110',
    },
    report: {
      title: '我要上报', lead: '不用注册。照片、位置、一句话，写得越清楚办得越快。',
      photos: '照片', take: '拍照', choose: '从相册选', photoHint: '最多 6 张，一张近的、一张远的最好。请避开人脸和车牌。', photoN: '第 {n} 张照片', removePhoto: '去掉这张',
      where: '在哪里', locate: '用我现在的位置', locating: '正在定位…', pick: '在地图上指', pickHint: '点一下地图放图钉，图钉可以拖动。', located: '已取得位置，误差约 {m} 米。', pinned: '已在地图上指定位置。', noPosition: '没有取得位置。可以在地图上指，或者在下面写明地点。',
      area: '所在居委', areaChoose: '请选择', place: '地点', placeMore: '补充说明地点（可不填）', placeLike: '如：文庙路 120 号门口',
      what: '什么问题', words: '说一说', wordsLike: '如：路边有一堆垃圾，两天没有收', matter: '问题类别（可不选）', matterOpen: '不清楚，请工作人员判断',
      you: '怎么告诉您结果', phone: '手机号（可不填）', phoneHint: '填了，有结果时短信告诉您，也可以凭短信验证码查进度；不填就用查询码查。', phoneOnly: '填了便于工作人员与您联系；查进度用查询码。', consentRead: '个人信息怎样使用', consentVersion: '告知版本 {v}', agree: '我已阅读并同意',
      needWords: '请说一说是什么问题', needPlace: '请取得位置，或选择居委并写明地点', wrongPhone: '手机号不对，请检查', needConsent: '请先阅读并同意',
      send: '提交', sending: { photo: '正在上传第 {n} 张照片，共 {all} 张…', report: '正在提交…' },
    },
    sent: {
      title: '已收到，谢谢您', say: '{t} 收到您的上报，已交给值班人员受理。', number: '编号', code: '查询码', save: '请保存编号和查询码：查进度、评价都要用，查询码只显示这一次。',
      copy: '复制编号和查询码', copied: '已复制', keep: '记在这台手机上', kept: '已记在这台手机上', follow: '现在看进度', keepHint: '公用的手机请不要记。', text: '随手报编号 {number}，查询码 {code}',
    },
    follow: {
      title: '查进度', lead: '用上报时得到的编号和查询码；留过手机号的，也可以用短信验证码。', mine: '这台手机上记着的', forget: '忘掉', forgetOne: '忘掉 {number}',
      by: '用什么查', byCode: '查询码', byPhone: '手机短信', number: '编号', numberLike: '如 2611P0000001', code: '查询码', phone: '上报时留的手机号', ask: '发送验证码', sms: '短信验证码', sentCode: '如果编号和手机号都对，验证码马上发到您的手机，十分钟内有效。', demoCode: '演示环境不发短信，验证码是 {code}',
      look: '查询', empty: '请填写编号和查询码', another: '查另一件', again: '刷新', late: '已超过时限', suspended: '经批准暂缓办理，条件具备后恢复。', merged: '与另一件同样的问题合并办理，下面是合并后的进度。', reason: '理由：{why}',
      matter: '类别', said: '您说的', place: '地点', due: '处置期限', steps: '办到哪一步', photos: '照片', before: '您拍的', after: '办理后', beforeAlt: '您拍的第 {n} 张照片', afterAlt: '办理后的第 {n} 张照片', course: '经过', receipt: '回执',
      receiptSay: '回执是一个文件，记着这件事的全部记录和签名。存好它，以后谁改了记录都能查出来。', notSealed: '最新的记录正在签名，过十几秒刷新就能下载。', getReceipt: '下载回执', checkReceipt: '核验一份回执',
      state: { now: '正在办', todo: '还没到' },
      stage: { reported: '收到您的上报', accepted: '确认归我们管', filed: '立案，开始计时', dispatched: '定下由谁办', handled: '到现场办理', verified: '换一个人到现场看', closed: '办完归档' },
    },
    closed: {
      title: '“结案”是什么意思', units: '由{units}办理', onSpot: '巡查人员当场办好', verified: '另一个人到现场核查过，不是办理的人自己说了算', condition: '结案依据：{what}', onTime: '在规定时限内办完', notOnTime: '办完了，但超过了规定时限',
    },
    rate: {
      title: '请您评一评', solved: '问题解决了吗', yes: '解决了', no: '没有解决', stars: '打几分', star1: '很差', star2: '较差', star3: '一般', star4: '满意', star5: '很好', words: '想说的话（可不填）', send: '提交评价', need: '请选择是否解决，并打分',
      once: '只能评一次。说“没有解决”，会重新办理一次。', saidSolved: '您评了 {n} 分：已解决。谢谢。', saidNot: '您评了 {n} 分：没有解决。已经记下。',
    },
    map: {
      title: '公开地图', lead: '在办的、超期的、办完的，都放在这里，好坏都看得见。', loading: '正在载入…', noMap: '这个浏览器画不出地图；下面的列表内容相同。', label: '公开地图。地图上的内容都在下面的列表里。', legend: '图例，勾选显示', zoomIn: '放大', zoomOut: '缩小', twoFingers: '用两个手指移动地图', ctrl: '按住 Ctrl 滚动来缩放',
      overdue: '超期', open: '在办', closed: '已结', closed30: '30 天内已结', under: '{t} 的情况。位置取整到约 50 米；楼内和涉及个人的问题不画点，只计入网格。颜色越深，网格里在办的越多。', hidden: '另有 {n} 件在办的属于这种情况。', truncated: '案件较多，地图上只画了一部分，网格计数是全的。',
      list: '地图上的案件', none: '没有可以显示的案件', reportedOn: '{d}上报', closedOn: '{d}结案', more: '再看一些（还有 {n} 件）', grids: '各网格的数量', grid: '网格', meansTitle: '“已结”是什么意思',
      means: '办理的单位报告办完之后，还要由另一个人到现场核查、拍照，符合结案条件才算结案。上报人说没有解决，会重新办理。超过时限的，以后补办了也照样算超期。',
    },
    receipt: {
      title: '核验回执', lead: '在您自己的浏览器里验算，文件不会上传。', choose: '选择回执文件', drop: '也可以把文件拖到这里。', paste: '或者把内容粘贴在这里', check: '核验', tooLarge: '文件太大，不像是回执',
      ok: '核验通过', okSay: '编号 {number} 的 {n} 条记录，每一条都与签名相符，没有被改过。', no: '核验不通过', cannot: '这个浏览器验不了',
      fault: {
        unreadable: '这不是一份可读的回执文件。', format: '不认识的回执格式。', count: '记录的条数不对：有记录被删掉或加进去了。', entry: '第 {n} 条记录对不上：它被改动过。', head: '签名部分的格式不对，被改动过。', key: '签名用的密钥（{key}）不在本平台公布的公钥之中。', signature: '签名不符：签名部分被改动过。',
        unable: '这份回执用国密 SM2 签名，或者浏览器不支持所需算法，浏览器里验不了。请用命令 yiwang ledger check 核验。', sm3: '这份回执用国密 SM3 摘要，浏览器里验不了，不等于有问题。请用命令 yiwang ledger check 核验。',
      },
      otherHead: '注意：平台现在公布的树头与回执里的不一样。请保存好这份回执，并向主管部门反映。', entries: '逐条结果', entry: '第 {n} 条', head: '签名树头', headSay: '共 {n} 条记录，{t} 签名', sameHead: '与平台现在公布的一致。', key: '密钥',
      howTitle: '怎样验的', how: '每一条记录的摘要都和前一条连在一起，再汇成一个总的摘要，由平台的密钥签名。改动任何一个字，摘要就对不上。', limits: '回执只能证明里面的记录没有被改；签名之后新发生的事，要重新下载回执。完全独立的核验，请事先存好公钥，用命令行核验。',
    },
    event: {
      reported: '上报', consent_given: '同意个人信息告知', accepted: '受理', declined: '不予受理', check_asked: '派人核实', check_answered: '现场核实', filed: '立案', handled_on_spot: '当场处置', dispatched: '派遣', assist_added: '增派协办', order_taken: '接单', order_finished: '处置完成', verified: '现场核查', closed: '结案', voided: '作废', reopened: '重新打开', report_rated: '上报人评价',
      request_asked: '提出申请', request_decided: '申请审批', resumed: '恢复办理', merged: '并案', unmerged: '撤销并案', duplicate_joined: '并入重复上报', emergency_declared: '应急处置', supervised: '督办', supervision_answered: '督办回复', urged: '催办', commented: '留言', comment_read: '留言已读', limit_near: '时限将到', limit_passed: '超过时限', escalated: '升级', deadline_reworked: '重新计算期限', contact_erased: '删除联系方式', contact_unmasked: '联系方式被查看',
    },
  },
}
