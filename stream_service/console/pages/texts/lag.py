"""Lag by group and partition."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class LagTexts:
    """Of the lag page."""

    title: str
    lead: str
    groups: str
    partitions: str
    history: str
    history_lead: str
    unknown: str
    none: str
    records: str
    members: str
    """With ``{count}``."""
    no_members: str
    all_groups: str
    filter_group: str
    only_trouble: str
    no_trouble: str
    group: str
    topic: str
    partition: str
    status: str
    behind: str
    age: str
    progress: str
    drain: str
    never: str
    owner: str
    nobody: str
    lost: str
    quiet: str
    """With ``{span}``: records wait and nothing was committed since then."""
    more: str
    """With ``{count}``."""
    failed: str
    """With ``{parts}``."""
    old: str
    """With ``{age}``."""
    looked: str
    state_stable: str
    state_empty: str
    state_dead: str
    state_rebalancing: str
    state_unknown: str


LAG = {
    Language.ENGLISH: LagTexts(
        title="Lag",
        lead="How far each consumer group is behind, measured from outside the workers: it is"
        " seen here even when all of them are dead.",
        groups="Groups",
        partitions="Partitions",
        history="Records that wait, over time",
        history_lead="Of the groups that are furthest behind, or of one group's partitions.",
        unknown="The cluster has not been looked at yet.",
        none="No consumer group has committed anything yet.",
        records="records wait",
        members="members: {count}",
        no_members="no members",
        all_groups="All groups",
        filter_group="Group",
        only_trouble="Only what needs somebody",
        no_trouble="Nothing needs anybody.",
        group="Group",
        topic="Topic",
        partition="Partition",
        status="Status",
        behind="Behind",
        age="Age of the first",
        progress="Last progress",
        drain="Done in",
        never="never",
        owner="Read by",
        nobody="nobody",
        lost="Lost by retention",
        quiet="No progress for {span}",
        more="and {count} more; choose a group",
        failed="Some of it could not be read: {parts}",
        old="The last figures are {age} old: the cluster does not answer.",
        looked="Looked at",
        state_stable="Stable",
        state_empty="No members",
        state_dead="Gone",
        state_rebalancing="Rebalancing",
        state_unknown="Unknown",
    ),
    Language.CHINESE: LagTexts(
        title="消费延迟",
        lead="各消费者组落后多少，从工作进程之外测量：即使所有工作进程都已停止，这里仍能看到。",
        groups="消费者组",
        partitions="分区",
        history="等待处理的记录数随时间变化",
        history_lead="落后最多的消费者组，或所选消费者组的各分区。",
        unknown="尚未读取集群状态。",
        none="还没有消费者组提交过位移。",
        records="条记录等待",
        members="成员：{count}",
        no_members="无成员",
        all_groups="全部消费者组",
        filter_group="消费者组",
        only_trouble="只显示需要处理的",
        no_trouble="没有需要处理的分区。",
        group="消费者组",
        topic="主题",
        partition="分区",
        status="状态",
        behind="落后",
        age="最早一条的时长",
        progress="最近进展",
        drain="预计完成",
        never="不会完成",
        owner="读取者",
        nobody="无人",
        lost="因保留期丢失",
        quiet="{span}无进展",
        more="另有 {count} 个；请选择消费者组",
        failed="部分数据无法读取：{parts}",
        old="最近的数据已有 {age}：集群没有应答。",
        looked="读取时间",
        state_stable="稳定",
        state_empty="无成员",
        state_dead="已消失",
        state_rebalancing="再均衡中",
        state_unknown="未知",
    ),
}
