"""Publishing by hand."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTexts:
    """Of the page that publishes."""

    title: str
    lead: str
    one: str
    text: str
    text_hint: str
    customer: str
    channel: str
    product: str
    rating: str
    rating_none: str
    language: str
    language_hint: str
    optional: str
    publish: str
    publishing: str
    published: str
    status: str
    event_id: str
    another: str
    reply: str
    file: str
    file_lead: str
    choose: str
    too_large: str
    """With ``{size}``."""
    read: str
    """With ``{done}`` and ``{total}``."""
    progress: str
    done: str
    """With ``{accepted}``, ``{refused}`` and ``{failed}``."""
    stopped: str
    cancel: str
    line: str
    field: str
    reason: str
    bad_rows: str
    more_bad_rows: str
    """With ``{count}``."""
    unreadable: str
    """With ``{line}`` and ``{detail}``."""
    no_rows: str
    send_again: str


PUBLISH = {
    Language.ENGLISH: PublishTexts(
        title="Publish",
        lead="Put feedback on the events topic, one at a time or from a file.",
        one="One feedback",
        text="What the customer wrote",
        text_hint="1 to 50,000 characters",
        customer="Customer id",
        channel="Channel",
        product="Product",
        rating="Rating",
        rating_none="None",
        language="Language",
        language_hint="A hint, such as en or zh; what the text says wins",
        optional="optional",
        publish="Publish",
        publishing="Publishing …",
        published="Published. Kafka has acknowledged it.",
        status="Status",
        event_id="Event id",
        another="Write another",
        reply="Reply",
        file="A file",
        file_lead="CSV with a header line, or JSON lines, in UTF-8. Columns: text, customer_id,"
        " event_id, channel, language, rating, product, occurred_at; others become attributes.",
        choose="Choose a file",
        too_large="The file is larger than {size}. Split it, or use the command line: it streams.",
        read="{done} of {total} rows published",
        progress="Progress",
        done="Done: {accepted} published, {refused} refused, {failed} not acknowledged",
        stopped="Stopped. Rows that are published stay published.",
        cancel="Stop",
        line="Line",
        field="Field",
        reason="Reason",
        bad_rows="Rows that were not published",
        more_bad_rows="and {count} more",
        unreadable="Line {line}: {detail}",
        no_rows="There are no rows in this file.",
        send_again="Kafka did not acknowledge these. Send them again; with an event_id of their"
        " own it is safe.",
    ),
    Language.CHINESE: PublishTexts(
        title="发布",
        lead="把反馈写入事件主题，可逐条填写，也可上传文件。",
        one="单条反馈",
        text="客户写的内容",
        text_hint="1 到 50,000 个字符",
        customer="客户编号",
        channel="渠道",
        product="产品",
        rating="评分",
        rating_none="无",
        language="语言",
        language_hint="仅作提示，如 en 或 zh；以文本本身为准",
        optional="选填",
        publish="发布",
        publishing="正在发布……",
        published="已发布，Kafka 已确认。",
        status="状态",
        event_id="事件编号",
        another="再写一条",
        reply="回复",
        file="文件",
        file_lead="带标题行的 CSV 或 JSON Lines，UTF-8 编码。列：text、customer_id、event_id、"
        "channel、language、rating、product、occurred_at；其他列作为附加属性。",
        choose="选择文件",
        too_large="文件超过 {size}。请拆分后上传，或使用支持流式处理的命令行。",
        read="已发布 {done} / {total} 行",
        progress="进度",
        done="完成：发布 {accepted} 行，拒绝 {refused} 行，未确认 {failed} 行",
        stopped="已停止。已发布的行不会撤回。",
        cancel="停止",
        line="行号",
        field="字段",
        reason="原因",
        bad_rows="未发布的行",
        more_bad_rows="另有 {count} 行",
        unreadable="第 {line} 行：{detail}",
        no_rows="文件中没有数据行。",
        send_again="Kafka 未确认这些行，请重新发送；如自带 event_id，重发是安全的。",
    ),
}
