"""sentiment: how a complaining customer feels, over all and by aspect."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import AnalystFailed
from stream_service.contracts.analysis import Sentiment, SentimentLabel
from stream_service.graph.context import Context
from stream_service.graph.nodes.completing import with_finding, with_note
from stream_service.graph.state import State, Update

SENTIMENT_MISSING_NOTE = "sentiment_missing"

_LABEL_SIGNS = {
    SentimentLabel.VERY_NEGATIVE: -1,
    SentimentLabel.NEGATIVE: -1,
    SentimentLabel.NEUTRAL: 0,
    SentimentLabel.POSITIVE: 1,
    SentimentLabel.VERY_POSITIVE: 1,
}


async def sentiment(state: State, runtime: Runtime[Context]) -> Update:
    """Take the reading's sentiment if it agrees with itself, else ask for one."""
    analysis = state["analysis"]
    if analysis.sentiment is not None and is_consistent(analysis.sentiment):
        return {}
    try:
        judged = await runtime.context.branch.sentiment(state["feedback"].text, analysis.language)
    except AnalystFailed:
        # Without it no strategy can be chosen well: the note brings a person in.
        return {
            "analysis": with_note(
                with_finding(analysis, "sentiment", None, None), SENTIMENT_MISSING_NOTE
            )
        }
    return {"analysis": with_finding(analysis, "sentiment", judged.value, judged.confidence)}


def is_consistent(found: Sentiment) -> bool:
    """Whether label and score point the same way."""
    return _LABEL_SIGNS[found.label] * found.score >= 0
