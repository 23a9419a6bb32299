"""The live view."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTexts:
    """Of the live view."""

    title: str
    lead: str
    pause: str
    go_on: str
    clear: str
    watching: str
    paused: str
    dropped: str
    """With ``{count}``."""
    shown: str
    """With ``{count}`` and ``{most}``."""
    filter_text: str
    filter_outcome: str
    filter_category: str
    everything: str
    empty: str
    nothing_fits: str
    full: str
    customer: str
    reply: str
    draft: str
    waiting: str
    problem: str
    feed: str


LIVE = {
    Language.ENGLISH: LiveTexts(
        title="Live",
        lead="Feedback as it comes in, and what it becomes: a reply, a review or a dead letter.",
        pause="Pause",
        go_on="Go on",
        clear="Clear",
        watching="Watching",
        paused="Paused",
        dropped="{count} were too many to show and are left out here; nothing is lost in Kafka",
        shown="{count} of at most {most}",
        filter_text="Text contains",
        filter_outcome="Outcome",
        filter_category="Category",
        everything="All",
        empty="Nothing has come in since this page was opened. Publish something and watch it.",
        nothing_fits="Nothing here fits the filter.",
        full="Too many live views are open. Close one, or wait; this page tries again.",
        customer="Customer",
        reply="Reply",
        draft="Draft for the reviewer",
        waiting="waiting for its judgement",
        problem="What went wrong",
        feed="Feedback, the newest first",
    ),
    Language.CHINESE: LiveTexts(
        title="实时",
        lead="反馈的到来与去向：自动回复、人工审核或死信。",
        pause="暂停",
        go_on="继续",
        clear="清空",
        watching="正在观看",
        paused="已暂停",
        dropped="有 {count} 条来不及显示，此处略去；Kafka 中并未丢失",
        shown="{count} 条，最多 {most} 条",
        filter_text="文本包含",
        filter_outcome="结果",
        filter_category="类别",
        everything="全部",
        empty="打开本页以来还没有收到反馈。发布一条试试，就会显示在这里。",
        nothing_fits="没有符合筛选条件的内容。",
        full="打开的实时页面过多。请关闭一些，或稍后再来；本页会自动重试。",
        customer="客户",
        reply="回复",
        draft="供审核者参考的草稿",
        waiting="等待判定",
        problem="出了什么问题",
        feed="反馈，最新的在前",
    ),
}
