"""All escalation rules together, and how soon a person should look."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from stream_service.contracts.analysis import Urgency
from stream_service.contracts.review import Priority, ReviewReason
from stream_service.playbook.case import Case
from stream_service.playbook.escalation import findings, words
from stream_service.playbook.playbook import Playbook

Rule = Callable[[Case, Playbook], bool]

RULES: Mapping[ReviewReason, Rule] = MappingProxyType(
    {
        ReviewReason.LEGAL_SAFETY: words.legal_safety,
        ReviewReason.PROMPT_INJECTION: words.prompt_injection,
        ReviewReason.HUMAN_REQUESTED: words.human_requested,
        ReviewReason.ANGER: words.anger,
        ReviewReason.HIGH_VALUE: findings.high_value,
        ReviewReason.REPEAT_CONTACT: words.repeat_contact,
        ReviewReason.UNSUPPORTED_LANGUAGE: findings.unsupported_language,
        ReviewReason.UNCATEGORISED: findings.uncategorised,
        ReviewReason.LOW_CONFIDENCE: findings.low_confidence,
        ReviewReason.DISAGREEMENT: findings.disagreement,
        ReviewReason.REFUSAL: findings.refusal,
        ReviewReason.LLM_UNAVAILABLE: findings.llm_unavailable,
        ReviewReason.UNSAFE_DRAFT: findings.unsafe_draft,
    }
)
"""In the order in which a review names its reasons: the gravest first."""

PRIORITIES = tuple(Priority)
"""From the lowest to the highest, as the contract lists them."""

_URGENCY_PRIORITY = {Urgency.HIGH: Priority.HIGH, Urgency.CRITICAL: Priority.URGENT}


def review_reasons(case: Case, playbook: Playbook) -> tuple[ReviewReason, ...]:
    """Why a person must look at ``case``; empty where the reply may go by itself."""
    reasons = tuple(reason for reason, rule in RULES.items() if rule(case, playbook))
    if not reasons and is_sampled(case.event.event_id or "", playbook.file.review.sampled_share):
        return (ReviewReason.SAMPLED,)
    return reasons


def is_sampled(event_id: str, share: float) -> bool:
    """Whether ``event_id`` belongs to the sample: always the same answer for the same event."""
    digest = hashlib.blake2b(event_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def review_priority(
    reasons: Iterable[ReviewReason], urgency: Urgency, playbook: Playbook
) -> Priority:
    """The highest priority among the reasons and the urgency; an urgent text raises it."""
    priorities = [playbook.file.review.priority[reason] for reason in reasons]
    priorities.append(_URGENCY_PRIORITY.get(urgency, Priority.LOW))
    return max(priorities, key=PRIORITIES.index)
