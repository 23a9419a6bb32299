"""Which kinds of personal details a text holds; the details themselves are not repeated."""

from stream_service.analysis.llm.prompting.masking import masked
from stream_service.contracts.analysis import PersonalDetail


def personal_data(text: str, language: str | None) -> tuple[PersonalDetail, ...]:
    """The kinds of ``text``, in the contract's order."""
    marks = masked(text, language).details
    return tuple(kind for kind in PersonalDetail if any(f"[{kind.name}_" in mark for mark in marks))
