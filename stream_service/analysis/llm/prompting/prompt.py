"""The prompt: a versioned file, filled in with a playbook's guidance once and for all events."""

import secrets
import tomllib
from importlib.resources import files
from typing import Any

import orjson

from stream_service.analysis.analyst import Commission, Feedback
from stream_service.analysis.llm.prompting.guidance import Guidance
from stream_service.analysis.llm.question import Message
from stream_service.contracts.analysis import Category

PROMPT_FILE = "triage-3.toml"

_NONCE_BYTES = 4
"""Nobody who writes feedback can know the mark that will close it."""


class Prompt:
    """The fixed part of the messages, and what comes after it for one event.

    The fixed part goes first, so that endpoints keep it in their own prompt caches; the customer's
    text goes last, as JSON between marks that differ each time.
    """

    def __init__(self, guidance: Guidance, *, with_draft: bool) -> None:
        """``with_draft``: one call tells everything, draft included; else a second call drafts."""
        parsed: dict[str, Any] = tomllib.loads(
            files(__package__ or "").joinpath("prompts", PROMPT_FILE).read_text("utf-8")
        )
        self.version: str = parsed["version"]
        analysis: dict[str, str] = parsed["analysis"]
        limits = " ".join(guidance.limits)
        self.own_words = "\n".join(
            (analysis["instructions"], analysis["draft"], parsed["draft"]["instructions"])
        )
        """What no reply says: the file's own text, without the playbook's wording and limits."""
        self.instructions = _instructions(analysis, guidance, limits, with_draft=with_draft)
        self.draft_instructions = parsed["draft"]["instructions"].format(limits=limits).strip()
        self.analysis_fixed: tuple[Message, ...] = (
            ("system", self.instructions),
            *_examples(parsed["examples"], guidance, with_draft=with_draft),
        )
        """What comes first whenever it is asked what a feedback is."""
        self.draft_fixed: tuple[Message, ...] = (("system", self.draft_instructions),)
        """What comes first whenever a reply is asked for."""

    def analysis(self, feedback: Feedback) -> tuple[Message, ...]:
        """What asks, behind the fixed part, what ``feedback`` is."""
        return (("user", _marked(_data(feedback), secrets.token_hex(_NONCE_BYTES))),)

    def draft(self, commission: Commission) -> tuple[Message, ...]:
        """What asks, behind the fixed part, for a reply."""
        known = "\n".join(commission.findings)
        task = (
            f"language: {commission.language}\nstrategy: {commission.strategy}\n{known}\n"
            f"pattern: {orjson.dumps(commission.pattern).decode()}"
        )
        marked = _marked(_data(commission.feedback), secrets.token_hex(_NONCE_BYTES))
        return (("user", f"{task}\n{marked}"),)


def _instructions(
    analysis: dict[str, str], guidance: Guidance, limits: str, *, with_draft: bool
) -> str:
    line = analysis["strategy"]
    strategies = "\n".join(
        line.format(category=category, guides=", ".join(guide.id for guide in guides))
        for category, guides in guidance.strategies.items()
    )
    text = analysis["instructions"].format(
        aspects=", ".join(guidance.aspects),
        intents=", ".join(guidance.intents),
        strategies=strategies,
    )
    if guidance.faq:
        line = analysis["entry"]
        entries = "\n".join(line.format(id=one.id, question=one.question) for one in guidance.faq)
        text = f"{text.strip()}\n{analysis['faq'].format(entries=entries).strip()}"
    if with_draft:
        every = [guide for guides in guidance.strategies.values() for guide in guides]
        fixed = dict.fromkeys(guide.id for guide in every if not guide.may_draft)
        task = analysis["draft"].format(
            languages=", ".join(guidance.languages), fixed=", ".join(fixed) or "none", limits=limits
        )
        text = f"{text.strip()}\n{task}"
    return text.strip()


def _examples(
    examples: list[dict[str, Any]], guidance: Guidance, *, with_draft: bool
) -> list[Message]:
    messages: list[Message] = []
    for number, example in enumerate(examples):
        answer = _fitted(example["answer"], guidance, with_draft=with_draft)
        feedback = Feedback(text=example["text"], rating=example.get("rating"))
        messages.append(("user", _marked(_data(feedback), f"example{number}")))
        messages.append(("assistant", orjson.dumps(answer).decode()))
    return messages


def _fitted(answer: dict[str, Any], guidance: Guidance, *, with_draft: bool) -> dict[str, Any]:
    # A user's own playbook has other strategies, intents and aspects; an example that names what
    # the schema forbids would teach mistakes.
    category = Category(answer["category"])
    strategy = guidance.fitting(category, answer["strategy"])
    drafts = {guide.id for guide in guidance.strategies[category] if guide.may_draft}
    fitted: dict[str, Any] = {
        "category": answer["category"],
        "language": answer["language"],
        "sentiment": {
            **answer["sentiment"],
            "aspects": [
                one for one in answer["sentiment"]["aspects"] if one["aspect"] in guidance.aspects
            ],
        },
        "keywords": answer["keywords"],
        "intent": answer.get("intent") if answer.get("intent") in guidance.intents else None,
        **({"faq": None} if guidance.faq else {}),
        "urgency": answer["urgency"],
        "entities": answer["entities"],
        "summary": answer["summary"],
        "strategy": strategy,
    }
    if with_draft:
        fitted["draft"] = answer["draft"] if strategy in drafts else ""
    return fitted


def _data(feedback: Feedback) -> str:
    fields = {"text": feedback.text, "rating": feedback.rating, "product": feedback.product}
    return orjson.dumps({name: value for name, value in fields.items() if value}).decode()


def _marked(data: str, nonce: str) -> str:
    return f"<<<feedback {nonce}\n{data}\nfeedback {nonce}>>>"
