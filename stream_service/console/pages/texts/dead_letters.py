"""Dead letters, looked at and repaired."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettersTexts:
    """Of the page of dead letters."""

    title: str
    lead: str
    filters: str
    everything: str
    filter_reason: str
    filter_state: str
    filter_text: str
    hint_text: str
    searched_back: str
    """With ``{moment}``."""
    list: str
    item: str
    """With ``{id}``."""
    shown: str
    """With ``{count}``."""
    empty: str
    nothing_fits: str
    loading: str
    more: str
    choose: str
    back: str
    pick: str
    """With ``{id}``."""
    pick_all: str
    redrive_many: str
    """With ``{count}``."""
    redrive: str
    redrive_mended: str
    undo: str
    question: str
    question_mended: str
    question_many: str
    """With ``{count}``."""
    confirm: str
    cancel: str
    dismiss: str
    event: str
    loops: str
    """With ``{count}``."""
    error: str
    value: str
    key: str
    headers: str
    name: str
    form: str
    text: str
    hex: str
    size: str
    """With ``{count}``."""
    cut: str
    no_text: str
    no_value: str
    no_key: str
    no_headers: str
    omitted: str
    repair: str
    mended: str
    changed: str
    unchanged: str
    too_long: str
    may_not: str
    gone: str
    sent: str
    label_id: str
    label_event_id: str
    label_error_class: str
    label_field: str
    label_place: str
    label_published: str


DEAD_LETTERS = {
    Language.ENGLISH: DeadLettersTexts(
        title="Dead letters",
        lead="Records that could not be processed. Mend one and send it back to the topic it came"
        " from, or send back many as they are once the cause is gone.",
        filters="Filters",
        everything="All",
        filter_reason="Reason",
        filter_state="State",
        filter_text="Search",
        hint_text="Value, key, error, place",
        searched_back="Searched back to {moment}.",
        list="Dead letters, the newest first",
        item="Dead letter {id}",
        shown="{count} shown",
        empty="There are no dead letters to repair.",
        nothing_fits="Nothing here fits the filters.",
        loading="Loading …",
        more="Show more",
        choose="Choose a dead letter.",
        back="List",
        pick="Choose dead letter {id}",
        pick_all="Choose all that are shown",
        redrive_many="Send back {count} as they are",
        redrive="Send back as it is",
        redrive_mended="Send back mended",
        undo="Undo the changes",
        question="Send it back to its topic as it is? It is judged again.",
        question_mended="Send it back to its topic with the changed value? It is judged again.",
        question_many="Send {count} dead letters back to their topics as they are?",
        confirm="Send back",
        cancel="Cancel",
        dismiss="Close",
        event="event",
        loops="sent back {count} times before",
        error="What went wrong",
        value="Value",
        key="Key",
        headers="Headers",
        name="Name",
        form="Show as",
        text="Text",
        hex="Hex",
        size="{count} bytes",
        cut="The first 16 KiB; the API gives more.",
        no_text="These bytes are no UTF-8 text. See them as hex.",
        no_value="The record has no value.",
        no_key="The record has no key.",
        no_headers="The record has no headers.",
        omitted="The bytes were too large to be carried. Write the value anew, or publish the"
        " event again from its source.",
        repair="Repair",
        mended="The value to send",
        changed="Changed. It is checked before it is sent.",
        unchanged="As it came, byte by byte.",
        too_long="The value is too long to be changed here; send it back as it is, or mend it with"
        " the API.",
        may_not="Your role may look, and not send back.",
        gone="There is no such dead letter any more.",
        sent="Sent back: {count}",
        label_id="Dead letter",
        label_event_id="Event id",
        label_error_class="Error class",
        label_field="Field",
        label_place="First place",
        label_published="Since",
    ),
    Language.CHINESE: DeadLettersTexts(
        title="死信",
        lead="无法处理的记录。可修改后发回原主题；原因消除后，也可将多条原样发回。",
        filters="筛选",
        everything="全部",
        filter_reason="原因",
        filter_state="状态",
        filter_text="搜索",
        hint_text="内容、键、错误、位置",
        searched_back="已搜索至 {moment}。",
        list="死信，最新的在前",
        item="死信 {id}",
        shown="显示 {count} 条",
        empty="没有需要修复的死信。",
        nothing_fits="没有符合筛选条件的死信。",
        loading="正在加载……",
        more="显示更多",
        choose="请选择一条死信。",
        back="列表",
        pick="选择死信 {id}",
        pick_all="选择当前显示的全部",
        redrive_many="原样发回 {count} 条",
        redrive="原样发回",
        redrive_mended="修改后发回",
        undo="撤销修改",
        question="原样发回原主题？之后会重新判定。",
        question_mended="用修改后的内容发回原主题？之后会重新判定。",
        question_many="将 {count} 条死信原样发回各自的主题？",
        confirm="发回",
        cancel="取消",
        dismiss="关闭",
        event="事件",
        loops="此前已发回 {count} 次",
        error="出了什么问题",
        value="内容",
        key="键",
        headers="消息头",
        name="名称",
        form="显示方式",
        text="文本",
        hex="十六进制",
        size="{count} 字节",
        cut="仅显示前 16 KiB；API 可提供更多。",
        no_text="这些字节不是 UTF-8 文本，请以十六进制查看。",
        no_value="该记录没有内容。",
        no_key="该记录没有键。",
        no_headers="该记录没有消息头。",
        omitted="内容过大，未随死信携带。请重新填写内容，或从来源重新发布该事件。",
        repair="修复",
        mended="要发送的内容",
        changed="已修改，发送前会检查。",
        unchanged="与收到时逐字节一致。",
        too_long="内容过长，无法在此修改；可原样发回，或通过 API 修改。",
        may_not="您的角色只能查看，不能发回。",
        gone="该死信已不存在。",
        sent="已发回：{count} 条",
        label_id="死信",
        label_event_id="事件编号",
        label_error_class="错误类别",
        label_field="字段",
        label_place="最初位置",
        label_published="时间",
    ),
}
