"""Numbers and spans of time as people read them; moments are written by the browser."""

import time

from stream_service.console.pages.languages import Language

_UNITS = {
    Language.ENGLISH: (" ms", " s", " min", " h", " d"),
    Language.CHINESE: (" 毫秒", " 秒", " 分钟", " 小时", " 天"),
}


class Formatter:
    """Writes in one language."""

    def __init__(self, language: Language) -> None:
        self._units = _UNITS[language]

    def number(self, value: float | None) -> str:
        """Whole numbers in groups of three; a dash for what is unknown."""
        return "–" if value is None else f"{value:,.0f}"

    def share(self, part: float, whole: float) -> str:
        """A percentage; a dash where there is no whole."""
        return "–" if not whole else f"{100 * part / whole:.0f} %"

    def money_usd(self, value: float) -> str:
        """US dollars: small sums with what tells them from nothing."""
        if value and abs(value) < 1:
            return f"${value:.4f}"
        return f"${value:,.2f}"

    def age(self, since_ms: int) -> str:
        """How long ago a moment was."""
        return self.duration(max(0.0, time.time() - since_ms / 1000))

    def duration(self, seconds: float | None) -> str:
        """A span in its largest unit that fits; a dash for what is unknown."""
        if seconds is None:
            return "–"
        millisecond, second, minute, hour, day = self._units
        if not seconds:
            return f"0{second}"
        if seconds < 1:
            return f"{seconds * 1000:.0f}{millisecond}"
        if seconds < 10:
            return f"{seconds:.1f}{second}"
        if seconds < 100:
            return f"{seconds:.0f}{second}"
        if seconds < 100 * 60:
            return f"{seconds / 60:.0f}{minute}"
        if seconds < 48 * 3600:
            return f"{seconds / 3600:.0f}{hour}"
        return f"{seconds / 86400:.0f}{day}"
