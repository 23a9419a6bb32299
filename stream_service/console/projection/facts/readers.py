"""Which reader is for which topic."""

from collections.abc import Mapping

from stream_service.console.projection.facts.dead_letters import dead_letter_reader
from stream_service.console.projection.facts.decisions import read_decision, read_result
from stream_service.console.projection.facts.feedback import read_event
from stream_service.console.projection.facts.outcomes import read_reply, read_review
from stream_service.console.projection.facts.rows import Reader
from stream_service.contracts.topics import Topics


def readers_of(topics: Topics) -> Mapping[str, Reader]:
    """By topic; what is not named here is not projected."""
    return {
        topics.events: read_event,
        topics.replies: read_reply,
        topics.reviews: read_review,
        topics.review_decisions: read_decision,
        topics.review_results: read_result,
        topics.dead_letters: dead_letter_reader(topics),
    }
