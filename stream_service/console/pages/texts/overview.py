"""The overview."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewTexts:
    """Of the overview."""

    title: str
    lead: str
    last_hour: str
    received: str
    replied: str
    latency: str
    latency_hint: str
    reviews: str
    reviews_hint: str
    """With ``{count}``: the urgent ones."""
    no_reviews: str
    dead_letters: str
    oldest: str
    """With ``{age}``."""
    no_dead_letters: str
    throughput: str
    throughput_none: str
    per_minute: str
    categories: str
    categories_none: str
    latency_chart: str
    latency_none: str
    seconds: str
    model: str
    model_answers: str
    model_degraded: str
    """With ``{count}`` and ``{total}``."""
    model_local: str
    model_unknown: str
    model_name: str
    model_last: str
    model_cost: str
    lag: str
    lag_none: str
    lag_unknown: str
    group: str
    topic: str
    partition: str
    behind: str
    age: str
    status: str
    see_lag: str
    see_reviews: str
    see_dead_letters: str
    other_partitions: str
    """With ``{count}``: those that are not shown and fine."""


OVERVIEW = {
    Language.ENGLISH: OverviewTexts(
        title="Overview",
        lead="What came in over the last hour, what became of it, and what waits for somebody.",
        last_hour="last hour",
        received="Received",
        replied="Replied",
        latency="Mean time to a reply",
        latency_hint="since it came into Kafka",
        reviews="Waiting for review",
        reviews_hint="{count} urgent",
        no_reviews="the queue is empty",
        dead_letters="Dead letters",
        oldest="oldest: {age}",
        no_dead_letters="none to repair",
        throughput="Events a minute",
        throughput_none="Nothing has come in within the last hour.",
        per_minute="a minute",
        categories="Categories",
        categories_none="Nothing has been judged within the last hour.",
        latency_chart="Time to a judgement",
        latency_none="Nothing has been judged within the last hour.",
        seconds="seconds",
        model="Who judges",
        model_answers="The language model answers",
        model_degraded="{count} of {total} judged without the language model",
        model_local="The local analyst judges; no language model is set",
        model_unknown="Nothing has been judged yet",
        model_name="Model",
        model_last="Last judgement",
        model_cost="Cost, last hour",
        lag="Lag by partition",
        lag_none="No consumer group has committed anything yet.",
        lag_unknown="The cluster has not been looked at yet.",
        group="Group",
        topic="Topic",
        partition="Partition",
        behind="Behind",
        age="Age",
        status="Status",
        see_lag="All partitions",
        see_reviews="Work on the queue",
        see_dead_letters="Look at them",
        other_partitions="and {count} more",
    ),
    Language.CHINESE: OverviewTexts(
        title="总览",
        lead="最近一小时收到了什么、结果如何，以及还有哪些需要人处理。",
        last_hour="最近一小时",
        received="收到",
        replied="已回复",
        latency="平均回复用时",
        latency_hint="自进入 Kafka 起",
        reviews="等待审核",
        reviews_hint="其中紧急 {count} 条",
        no_reviews="队列为空",
        dead_letters="死信",
        oldest="最早：{age}",
        no_dead_letters="没有需要修复的",
        throughput="每分钟事件数",
        throughput_none="最近一小时没有收到任何反馈。",
        per_minute="每分钟",
        categories="类别分布",
        categories_none="最近一小时没有完成任何判定。",
        latency_chart="判定用时",
        latency_none="最近一小时没有完成任何判定。",
        seconds="秒",
        model="判定方式",
        model_answers="语言模型正常应答",
        model_degraded="{total} 条中有 {count} 条未经语言模型判定",
        model_local="由本地分析器判定；未设置语言模型",
        model_unknown="尚无任何判定",
        model_name="模型",
        model_last="最近一次判定",
        model_cost="最近一小时费用",
        lag="各分区的消费延迟",
        lag_none="还没有消费者组提交过位移。",
        lag_unknown="尚未读取集群状态。",
        group="消费者组",
        topic="主题",
        partition="分区",
        behind="落后",
        age="时长",
        status="状态",
        see_lag="查看全部分区",
        see_reviews="处理审核队列",
        see_dead_letters="查看死信",
        other_partitions="另有 {count} 个",
    ),
}
