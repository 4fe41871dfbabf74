export const zh = {
  signs: {
    unsafe: '有隐患的招牌', unsafeSays: '排查或检测评为 C、D 级，正在整改或待复查', safe: '现在没有招牌评为 C、D 级。', unpermitted: '须许可而无许可', unpermittedSays: '按设置形式、高度、楼层和地点判断', all: '须许可的招牌都有有效许可。', grade: '{g} 级', none: '没有手续', paper: '只有{p}', ran: '许可已于 {d} 到期', more: '再看 50 块', loading: '正在载入…', since: '{d} 排查', papers: { permit: '许可', pledge: '告知承诺', filing: '备案' },
  },
}
