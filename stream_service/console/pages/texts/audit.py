"""The audit log."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTexts:
    """Of the audit log."""

    title: str
    lead: str
    log: str
    empty: str
    at: str
    who: str
    role: str
    act: str
    subject: str
    details: str
    older: str
    newest: str
    decide: str
    redrive: str


AUDIT = {
    Language.ENGLISH: AuditTexts(
        title="Audit log",
        lead="Every decision and every dead letter sent back: who, what and when, the newest"
        " first.",
        log="Acts",
        empty="Nobody has done anything yet.",
        at="When",
        who="Who",
        role="Role",
        act="Act",
        subject="On what",
        details="Details",
        older="Older",
        newest="Newest",
        decide="Decision",
        redrive="Sent back",
    ),
    Language.CHINESE: AuditTexts(
        title="审计日志",
        lead="每一个决定和每一次死信发回：谁、做了什么、何时，最新的在前。",
        log="操作",
        empty="还没有任何操作。",
        at="时间",
        who="操作人",
        role="角色",
        act="操作",
        subject="对象",
        details="详情",
        older="更早",
        newest="最新",
        decide="决定",
        redrive="发回",
    ),
}
