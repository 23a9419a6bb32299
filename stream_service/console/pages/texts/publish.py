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
    customer_id: str
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
    reply: str
    file: str
    file_lead: str
    file_again: str
    choose: str
    too_large: str
    """With ``{size}``."""
    wrong_kind: str
    progress: str
    read: str
    """With ``{done}``."""
    done: str
    """With ``{accepted}`` and ``{refused}``."""
    stopped: str
    stopped_by_kafka: str
    read_otherwise: str
    given_up: str
    """With ``{accepted}`` and ``{most}``."""
    stop: str
    line: str
    field: str
    reason: str
    bad_rows: str
    more_bad_rows: str
    """With ``{count}``."""
    no_rows: str


PUBLISH = {
    Language.ENGLISH: PublishTexts(
        title="Publish",
        lead="Put feedback on the events topic, one at a time or from a file.",
        one="One piece of feedback",
        text="What the customer wrote",
        text_hint="1 to 50,000 characters",
        customer_id="Customer id",
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
        reply="Reply",
        file="A file",
        file_lead="CSV with a header line, JSON lines, or one text a line, in UTF-8. Columns or"
        " fields: text, customer_id, event_id, channel, language, rating, product, occurred_at;"
        " other columns become attributes.",
        file_again="A file that was interrupted can be chosen again: within a day nothing of it is"
        " published twice.",
        choose="Choose a file",
        too_large="The file is larger than {size}. Split it, or use: stream-service publish --file",
        wrong_kind="Choose a file whose name ends in .csv, .jsonl, .ndjson or .txt.",
        progress="Progress",
        read="Rows published: {done}",
        done="Done. Rows published: {accepted}, refused: {refused}",
        stopped="Stopped. Rows that are published stay published.",
        stopped_by_kafka="Stopped: Kafka does not acknowledge. Choose the file again when it is"
        " back.",
        read_otherwise="Stopped: this file was published within the last day, and its rows were"
        " read differently then. To publish them anew, save the file with a change.",
        given_up="Stopped: {most} rows cannot be read. Does the file's name say what it is? The"
        " rest of it was not read. Rows published: {accepted}",
        stop="Stop",
        line="Line",
        field="Field",
        reason="Reason",
        bad_rows="Rows that were not published",
        more_bad_rows="and {count} more",
        no_rows="There are no rows in this file.",
    ),
    Language.CHINESE: PublishTexts(
        title="发布",
        lead="把反馈写入事件主题，可逐条填写，也可上传文件。",
        one="单条反馈",
        text="客户写的内容",
        text_hint="1 到 50,000 个字符",
        customer_id="客户编号",
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
        reply="回复",
        file="文件",
        file_lead="带标题行的 CSV、JSON Lines，或每行一条文本，UTF-8 编码。列或字段：text、"
        "customer_id、event_id、channel、language、rating、product、occurred_at；其他列作为附加属性。",
        file_again="上传中断后可再次选择同一文件：一天之内不会重复发布。",
        choose="选择文件",
        too_large="文件超过 {size}。请拆分，或使用命令：stream-service publish --file",
        wrong_kind="请选择以 .csv、.jsonl、.ndjson 或 .txt 结尾的文件。",
        progress="进度",
        read="已发布 {done} 行",
        done="完成：发布 {accepted} 行，拒绝 {refused} 行",
        stopped="已停止。已发布的行不会撤回。",
        stopped_by_kafka="已停止：Kafka 没有确认。恢复后请再次选择该文件。",
        read_otherwise="已停止：该文件在一天之内发布过，但当时读出的行不同。如需重新发布，请修改文件后保存。",
        given_up="已停止：有 {most} 行无法读取。文件扩展名与内容相符吗？其余部分未读取。"
        "已发布 {accepted} 行",
        stop="停止",
        line="行号",
        field="字段",
        reason="原因",
        bad_rows="未发布的行",
        more_bad_rows="另有 {count} 行",
        no_rows="文件中没有数据行。",
    ),
}
