"""What a reviewer is told at a glance, without the customer's text."""

from collections.abc import Iterator

from stream_service.contracts.review import DraftArguments, ReviewReason
from stream_service.playbook.case import Case
from stream_service.playbook.conditions import customer_tier
from stream_service.playbook.playbook import Playbook

_REASONS = {
    ReviewReason.HUMAN_REQUESTED: "the customer asks for a person",
    ReviewReason.ANGER: "the customer is very angry",
    ReviewReason.LEGAL_SAFETY: "law, health or safety is touched",
    ReviewReason.HIGH_VALUE: "the customer or the order is of high value",
    ReviewReason.REPEAT_CONTACT: "it is not the customer's first message about this",
    ReviewReason.LOW_CONFIDENCE: "it is not certain what was meant",
    ReviewReason.DISAGREEMENT: "rating or sentiment contradicts the category",
    ReviewReason.PROMPT_INJECTION: "the text tries to give orders to the software",
    ReviewReason.REFUSAL: "the language model declined to judge",
    ReviewReason.UNSAFE_DRAFT: "the draft said what no reply may say and was replaced",
    ReviewReason.LLM_UNAVAILABLE: "the language model could not be had",
    ReviewReason.UNSUPPORTED_LANGUAGE: "there is no wording in the customer's language",
    ReviewReason.UNCATEGORISED: "it is neither complaint, praise nor question",
    ReviewReason.SAMPLED: "taken as a sample of the automatic replies",
}


def describe(
    case: Case, reasons: tuple[ReviewReason, ...], draft: DraftArguments, playbook: Playbook
) -> str:
    """Return Markdown: the reasons, the findings and where the draft comes from.

    Only words of the service's own and of the playbook stand in it, so nothing a customer wrote
    can be taken for markup or for a remark of ours.
    """
    lines = ["**Why a person is asked**", ""]
    lines += [f"- `{reason}`: {_REASONS[reason]}" for reason in reasons]
    lines += ["", "**What was found**", ""]
    lines += [f"- {finding}" for finding in _findings(case, playbook)]
    lines += ["", f"Draft: {_draft_remark(draft)}"]
    return "\n".join(lines)


def _findings(case: Case, playbook: Playbook) -> Iterator[str]:
    analysis, event = case.analysis, case.event
    yield f"category: {analysis.category}{_sure(analysis.confidence.category)}"
    yield f"language: {_plain(analysis.language)}{_sure(analysis.confidence.language)}"
    if analysis.sentiment is not None:
        score = f"{analysis.sentiment.score:+.2f}"
        yield f"sentiment: {analysis.sentiment.label} ({score})"
        badly = playbook.aspects_felt(analysis.sentiment, badly=True)
        if badly:
            yield f"felt badly: {', '.join(badly)}"
    if analysis.intent is not None and playbook.knows_intent(analysis.intent):
        yield f"intent: {analysis.intent}{_sure(analysis.confidence.intent)}"
    yield f"urgency: {analysis.urgency}"
    if event.rating is not None:
        yield f"rating: {event.rating} of 5"
    tier = customer_tier(case)
    if tier is not None and tier in map(str.casefold, playbook.file.high_value.customer_tiers):
        yield f"customer tier: {tier}"
    if case.degraded_reason is not None:
        yield f"language model: {case.degraded_reason}"
    if case.draft_faults:
        yield f"faults of the first draft: {', '.join(case.draft_faults)}"
    if analysis.notes:
        yield f"notes: {', '.join(map(_plain, analysis.notes))}"


def _sure(confidence: float | None) -> str:
    return "" if confidence is None else f" ({confidence:.0%})"


def _plain(word: str) -> str:
    # Languages and notes are short codes; an analyst that says otherwise is not quoted.
    return word if len(word) <= 60 and word.replace("_", "").replace("-", "").isalnum() else "…"


def _draft_remark(draft: DraftArguments) -> str:
    if not draft.text:
        return "none; please write the reply."
    return f"strategy `{draft.strategy}`, in `{draft.language}`."
