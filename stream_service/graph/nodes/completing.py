"""How a branch node adds its finding to the analysis."""

from stream_service.contracts.analysis import Analysis


def with_note(analysis: Analysis, note: str) -> Analysis:
    """Return ``analysis`` with a remark more."""
    return analysis.model_copy(update={"notes": (*analysis.notes, note)})


def with_finding(
    analysis: Analysis, field: str, value: object, confidence: float | None
) -> Analysis:
    """Return ``analysis`` with ``field`` found, and how sure that is."""
    return analysis.model_copy(
        update={
            field: value,
            "confidence": analysis.confidence.model_copy(update={field: confidence}),
        }
    )
