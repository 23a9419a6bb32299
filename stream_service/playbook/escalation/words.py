"""Reasons for a person that the customer's own words give."""

import base64
import binascii
import re

from stream_service.contracts.analysis import PROMPT_ECHO, Category
from stream_service.playbook.case import Case
from stream_service.playbook.conditions import is_urgent_enough
from stream_service.playbook.folding import fold_characters
from stream_service.playbook.playbook import Playbook

_SYSTEM_LINE = re.compile(
    r"^\W{0,4}(?:system|assistant|developer|系统|助手)"
    r"(?: (?:prompt|message|override|note))?\W{0,3}:",
    re.MULTILINE,
)
"""A line that pretends to be a turn of a chat with a model."""

_DELIMITER = re.compile(
    r"<\|\w{2,20}\|>|<<sys>>|\[/?inst\]"
    r"|</?(?:feedback|system|instructions?|prompt|user_input)\b[^>]{0,50}>"
    r"|^[ \t]{0,20}#{2,6}[ \t]{0,20}(?:new |system |real )?(?:instructions?|task|prompt)\b"
    r"|^[ \t]{0,20}new (?:task|instructions?)[ \t]{0,5}:",
    re.MULTILINE,
)
"""Marks that end a quotation in prompts, or start a new one; both look at folded lines."""

_BASE64 = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/]{24,4000}={0,2}(?![\w+/=])")
_BASE64_CHECKED_CHARACTERS = 400
_BASE64_CANDIDATES = 5
"""The first few tell enough, and an attacker could send thousands."""

_READABLE_SHARE = 0.95
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_IN_A_MESSAGE = 4

_WORD = re.compile(r"[^\W\d_]{2,}")
_SHOUTED_WORDS = 5
_SHOUTED_SHARE = 0.6
_EXCLAMATIONS = re.compile(r"[!！]{3,}")


def human_requested(case: Case, playbook: Playbook) -> bool:
    """The customer asks for a person."""
    return playbook.file.escalation_cues.human_requested.first_in(case.folded_text) is not None


def anger(case: Case, playbook: Playbook) -> bool:
    """The customer is furious: by words, by a very low sentiment, or by shouting it."""
    if playbook.file.escalation_cues.anger.first_in(case.folded_text) is not None:
        return True
    sentiment = case.analysis.sentiment
    if sentiment is None or sentiment.score >= 0:
        return False
    return sentiment.score <= playbook.file.thresholds.anger_sentiment_at_most or is_shouted(
        case.text
    )


def legal_safety(case: Case, playbook: Playbook) -> bool:
    """Law, health or life is touched: by words, or as urgent as the analyst finds it.

    Of any category: a stolen card is reported as a question, and a danger amid thanks is one.
    """
    least = playbook.file.thresholds.legal_safety_urgency_at_least
    return (
        is_urgent_enough(case.analysis.urgency, least)
        or playbook.file.escalation_cues.legal_safety.first_in(case.folded_text) is not None
    )


def repeat_contact(case: Case, playbook: Playbook) -> bool:
    """The customer says that it is not the first time; with praise that is loyalty."""
    if case.analysis.category is Category.PRAISE:
        return False
    return playbook.file.escalation_cues.repeat_contact.first_in(case.folded_text) is not None


def prompt_injection(case: Case, playbook: Playbook) -> bool:
    """The text speaks to the machine that reads it."""
    lines = fold_characters(case.text)
    return (
        playbook.file.escalation_cues.prompt_injection.first_in(case.folded_text) is not None
        or _SYSTEM_LINE.search(lines) is not None
        or _DELIMITER.search(lines) is not None
        or hides_a_message(case.text)
        or PROMPT_ECHO in case.analysis.notes
    )


def is_shouted(text: str) -> bool:
    """Whether ``text`` is mostly in capitals, or has three exclamation marks in a row."""
    if _EXCLAMATIONS.search(text):
        return True
    words = [word for word in _WORD.findall(text) if word.upper() != word.lower()]
    shouted = sum(word.isupper() for word in words)
    return shouted >= _SHOUTED_WORDS and shouted >= _SHOUTED_SHARE * len(words)


def hides_a_message(text: str) -> bool:
    """Whether a Base64 run in ``text`` decodes to something readable; it is never obeyed."""
    for number, match in enumerate(_BASE64.finditer(text)):
        if number == _BASE64_CANDIDATES:
            return False
        run = match[0].rstrip("=")[:_BASE64_CHECKED_CHARACTERS]
        run = run[: len(run) - (len(run) % 4 == 1)]
        try:
            decoded = base64.b64decode(run + "=" * (-len(run) % 4))
        except binascii.Error:
            continue
        if _is_a_message(decoded):
            return True
    return False


def _is_a_message(decoded: bytes) -> bool:
    # The end may be cut in the middle of a character.
    message = decoded.decode("utf-8", "replace").removesuffix("\ufffd")
    readable = sum((one.isprintable() and one != "\ufffd") or one in "\n\r\t" for one in message)
    # Chinese is written without spaces; by chance nothing decodes to a few of its characters.
    return readable >= _READABLE_SHARE * len(message) and (
        " " in message or len(_HAN.findall(message)) >= _HAN_IN_A_MESSAGE
    )
