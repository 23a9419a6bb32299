"""What stands around every page, and what any page may have to say."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTexts:
    """Of the frame."""

    product: str
    skip: str
    navigation: str
    open_navigation: str
    language: str
    theme: str
    log_out: str
    signed_in_as: str
    """With ``{name}`` and ``{role}``."""
    overview: str
    live: str
    reviews: str
    dead_letters: str
    lag: str
    audit: str
    publish: str
    kafka_away: str
    database_away: str
    catching_up: str
    """With ``{count}``."""
    not_allowed: str
    """With ``{role}``."""
    failed: str
    refused: str
    """With ``{detail}``: a reason in English, as the API gives it."""
    loading: str


FRAME = {
    Language.ENGLISH: FrameTexts(
        product="Feedback console",
        skip="Skip to the content",
        navigation="Pages",
        open_navigation="Show or hide the pages",
        language="Language of the interface",
        theme="Light or dark",
        log_out="Log out",
        signed_in_as="{name} ({role})",
        overview="Overview",
        live="Live",
        reviews="Reviews",
        dead_letters="Dead letters",
        lag="Lag",
        audit="Audit log",
        publish="Publish",
        kafka_away="Kafka cannot be reached. Figures are the last known ones, and nothing can be"
        " published or decided until it is back; the console tries again by itself.",
        database_away="The database cannot be reached. What you see may be old; this page tries"
        " again by itself.",
        catching_up="The console is still reading {count} records; figures will rise until then.",
        not_allowed="The role {role} may not do this.",
        failed="This did not work because of a fault of the console. It is logged; try again.",
        refused="Not done: {detail}",
        loading="Loading …",
    ),
    Language.CHINESE: FrameTexts(
        product="客户反馈控制台",
        skip="跳到正文",
        navigation="页面",
        open_navigation="显示或隐藏页面导航",
        language="界面语言",
        theme="浅色或深色",
        log_out="退出登录",
        signed_in_as="{name}（{role}）",
        overview="总览",
        live="实时",
        reviews="人工审核",
        dead_letters="死信",
        lag="消费延迟",
        audit="审计日志",
        publish="发布",
        kafka_away="无法连接 Kafka。显示的是最后一次已知的数据，恢复之前不能发布或做出决定；"
        "控制台会自动重试。",
        database_away="无法连接数据库。所显示的内容可能已过时；本页会自动重试。",
        catching_up="控制台还需读取 {count} 条记录，在此之前数字会继续增加。",
        not_allowed="角色“{role}”无权执行此操作。",
        failed="控制台出现故障，操作未完成。故障已记录，请重试。",
        refused="未执行：{detail}",
        loading="正在加载……",
    ),
}
