"""Topic and churn risk: what follows from the branch's findings."""

from stream_service.contracts.analysis import Analysis, Category, ChurnRisk
from stream_service.graph.nodes.choosing import case_of
from stream_service.graph.state import State
from stream_service.playbook.case import Case
from stream_service.playbook.playbook import Playbook


def with_outlook(state: State, playbook: Playbook) -> Analysis:
    """Return the state's analysis with its topic and churn risk."""
    case = case_of(state)
    return case.analysis.model_copy(
        update={"topic": _topic(case.analysis, playbook), "churn_risk": _churn_risk(case, playbook)}
    )


def _topic(analysis: Analysis, playbook: Playbook) -> str | None:
    if analysis.category is Category.QUESTION and analysis.intent is not None:
        return analysis.intent if playbook.knows_intent(analysis.intent) else None
    badly = analysis.category is not Category.PRAISE
    felt = playbook.aspects_felt(analysis.sentiment, badly=badly)
    return felt[0] if felt else None


def _churn_risk(case: Case, playbook: Playbook) -> ChurnRisk:
    """High where a customer says that they leave, medium where they are very unhappy."""
    if case.analysis.category is Category.PRAISE:
        return ChurnRisk.LOW
    if playbook.file.churn_cues.first_in(case.folded_text) is not None:
        return ChurnRisk.HIGH
    feeling, least = case.analysis.sentiment, playbook.file.thresholds.churn_sentiment_at_most
    unhappy = feeling is not None and feeling.score <= least
    return ChurnRisk.MEDIUM if unhappy else ChurnRisk.LOW
