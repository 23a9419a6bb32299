"""The log-in page."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTexts:
    """Of the log-in page."""

    title: str
    token: str
    hint: str
    """How a token is come by; ``{command}`` is the command."""
    log_in: str
    wrong: str
    unavailable: str
    other_language: str


LOGIN = {
    Language.ENGLISH: LoginTexts(
        title="Log in",
        token="Access token",  # noqa: S106 - a label
        hint="Tokens begin with fbk_. An operator makes one with: {command}",
        log_in="Log in",
        wrong="This token is not in force. Check that it is complete, or ask for a new one.",
        unavailable="Tokens cannot be checked now: the database cannot be reached. Try again soon.",
        other_language="中文",
    ),
    Language.CHINESE: LoginTexts(
        title="登录",
        token="访问令牌",  # noqa: S106 - a label
        hint="令牌以 fbk_ 开头。管理员可用此命令创建：{command}",
        log_in="登录",
        wrong="该令牌无效。请确认已完整粘贴，或申请新的令牌。",
        unavailable="暂时无法验证令牌：数据库连接不上。请稍后再试。",
        other_language="English",
    ),
}
