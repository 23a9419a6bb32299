"""Light, dark, and the styles."""

from collections.abc import Mapping
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"

STYLES = "\n".join(
    (ASSETS / name).read_text(encoding="utf-8") for name in ("console.css", "desk.css")
)

THEME_COOKIE = "console_theme"
"""``light`` or ``dark``; without it the system's own choice. Written by the page's switch."""


def is_dark(cookies: Mapping[str, str]) -> bool | None:
    """What somebody chose; None for the system's choice."""
    return {"dark": True, "light": False}.get(cookies.get(THEME_COOKIE, ""))
