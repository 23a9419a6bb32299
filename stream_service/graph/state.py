"""The state that the nodes pass on. Models in it are checked where they are made, not again."""

import operator
from datetime import datetime
from typing import Annotated, TypedDict

from stream_service.analysis.analyst import Feedback, Language, Reading
from stream_service.contracts.analysis import Analysis, Enrichment, TextMeasures
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.judgement import ModelUsage, Source
from stream_service.contracts.review import DraftArguments, ReviewReason
from stream_service.contracts.verdict import Verdict
from stream_service.playbook.case import Case
from stream_service.playbook.selection import Choice


class Arrival(TypedDict):
    """What a run starts with."""

    event: FeedbackEvent
    source: Source
    received_at: datetime
    feedback: Feedback


class State(Arrival):
    """One event on its way. Each key is there from the node on that is named with it."""

    language: Language
    """measure"""
    measures: TextMeasures
    """measure"""
    enrichment: Enrichment
    """enrich, which is there only where somebody can be asked"""
    reading: Reading
    """classify"""
    notes: Annotated[tuple[str, ...], operator.add]
    """measure, enrich and classify, side by side"""
    analysis: Analysis
    """join, and completed by the branch nodes"""
    choice: Choice
    """appease, thank, answer, or draft where there was no branch"""
    draft: DraftArguments
    """draft, and guard where it replaced it"""
    draft_usage: ModelUsage | None
    """draft, where a drafter was asked"""
    case: Case
    """guard"""
    reasons: tuple[ReviewReason, ...]
    """guard"""
    verdict: Verdict
    """auto_reply or human_review"""


class Update(TypedDict, total=False):
    """What a node changes."""

    language: Language
    measures: TextMeasures
    enrichment: Enrichment
    reading: Reading
    notes: tuple[str, ...]
    analysis: Analysis
    choice: Choice
    draft: DraftArguments
    draft_usage: ModelUsage | None
    case: Case
    reasons: tuple[ReviewReason, ...]
    verdict: Verdict
