"""The repository's Markdown files, and what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Its text without code blocks."""
        return _BLOCK.sub("", self.text)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(_LINK.findall(self.prose))

    @property
    def anchors(self) -> frozenset[str]:
        """What a link may name behind ``#``, as GitHub makes it of headings."""
        plain = (re.sub(r"[`*]|\[|\]\([^)]*\)", "", line) for line in _HEADING.findall(self.prose))
        return frozenset(re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in plain)

    def blocks(self, language: str) -> tuple[str, ...]:
        """The code blocks in ``language``."""
        return tuple(code for name, code in _BLOCK.findall(self.text) if name == language)

    def commands(self) -> Iterator[str]:
        """The shell commands, continued lines joined, comments gone."""
        for block in self.blocks("sh"):
            joined = re.sub(r"(\\|\|)\n\s*", lambda found: found[1].replace("\\", "") + " ", block)
            for line in joined.splitlines():
                if command := re.sub(r"\s+# .*$", "", line).strip():
                    yield command


def documents() -> tuple[Document, ...]:
    """All that is written for readers."""
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
    return tuple(Document(path) for path in sorted(paths))
