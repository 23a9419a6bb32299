"""What the playbook tells the model, as plain data: analysis knows no playbook."""

from collections.abc import Mapping
from dataclasses import dataclass

from stream_service.contracts.analysis import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyGuide:
    """A strategy that the model may suggest."""

    id: str
    """All that the model is told of it: words of each wording would cost a sixth of the prompt, and
    the playbook's own conditions overrule a wrong choice anyway."""
    may_draft: bool
    """Whether the model's own wording of it may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqGuide:
    """An FAQ entry that may answer a question; its answer is the playbook's and not told."""

    id: str
    question: str
    """One of its questions in each language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """The taxonomies and limits of a playbook."""

    strategies: Mapping[Category, tuple[StrategyGuide, ...]]
    """By category, in the playbook's order; the last one fits every event."""
    intents: tuple[str, ...]
    aspects: tuple[str, ...]
    languages: tuple[str, ...]
    """In which replies are written; ISO 639-1."""
    limits: tuple[str, ...]
    """Sentences that say what a reply must not say."""
    faq: tuple[FaqGuide, ...] = ()

    @property
    def strategy_ids(self) -> tuple[str, ...]:
        """All strategies, each once."""
        every = [guide.id for guides in self.strategies.values() for guide in guides]
        return tuple(dict.fromkeys(every))

    def fitting(self, category: Category, wanted: str) -> str:
        """``wanted`` where the category has it, else the one that fits every event."""
        guides = self.strategies[category]
        return wanted if any(guide.id == wanted for guide in guides) else guides[-1].id
