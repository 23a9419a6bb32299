"""Composes reviews of hand-written clauses, to train on: aspects one after the other, a turn, a
verdict, as reviews are written. The same ones every time."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stream_service.analysis.local.resources import clauses

SEED = 20261125
REVIEWS = {"zh": 3_000, "en": 1_500}
"""Chinese ones are longer and more various; twice as many gave nothing more."""

FOLDS: Mapping[str, Sequence[Sequence[str]]] = {
    "zh": (
        ("hotel",),
        ("takeaway", "restaurant"),
        ("book", "clothes"),
        ("computer", "phone", "appliance"),
        ("fruit", "milk", "care"),
        ("service", "shop"),
    ),
    "en": (("airline",), ("retail",)),
}
"""Matters that are left out together: what is learned of the others must do for them, as it must
for feedback that nobody wrote sentences for."""

ANY = "any"
"""The matter of clauses that fit everywhere."""

LABELS = {
    "zh": ("complaint", "praise"),
    "en": ("complaint", "praise", "complaint", "praise", "question"),
}
"""In turn. Chinese questions are told by their form; English ones are not."""

FAULT_IN_PRAISE = 0.4
FAULT_BEFORE_PRAISE = 0.12
"""Shares of Chinese praise with a small fault somewhere, and with one that it forgives at once, as
long praise often has. With half as many, praise was told less well than complaints."""

ENGLISH_FAULT_IN_PRAISE = 0.2

TURNS = ("但是", "但", "可是", "不过", "就是", "只是", "然而")
THANKS = ("thanks", "thank you", "thanks in advance", "please help", "please let me know")
GREETINGS = ("hi", "hello", "hey", "hey guys")
QUESTION_WORDS = frozenset(
    (
        *("can", "do", "does", "what", "how", "is", "are"),
        *("when", "which", "where", "will", "why", "any", "really", "could"),
    )
)

Side = Literal["good", "bad"]
Bank = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Composed:
    """A composed review."""

    text: str
    label: str
    fold: int
    """Number of the matters in ``FOLDS`` that it speaks of; clauses of ``any`` are in one alone."""


def composed() -> list[Composed]:
    """All reviews of both languages."""
    found: list[Composed] = []
    for language, folds in FOLDS.items():
        bank = clauses(language)
        for fold, matters in enumerate(folds):
            # No secret: numbers that look random and are the same every time.
            luck = random.Random(f"{SEED}{language}{fold}")  # noqa: S311
            part = dict(bank) | {ANY: _part(bank[ANY], fold, len(folds))}
            sizes = [sum(map(len, bank[matter].values())) for matter in matters]
            for number in range(REVIEWS[language] // len(folds)):
                label = LABELS[language][number % len(LABELS[language])]
                matter = luck.choices(matters, sizes)[0]
                write = _chinese if language == "zh" else _english
                found.append(Composed(write(luck, part, label, matter), label, fold))
    return found


def _part(own: Mapping[str, Sequence[str]], fold: int, folds: int) -> dict[str, Sequence[str]]:
    return {side: lines[fold::folds] for side, lines in own.items()}


def _sides(label: str) -> tuple[Side, Side]:
    return ("good", "bad") if label == "praise" else ("bad", "good")


def _chinese(luck: random.Random, bank: Bank, label: str, matter: str) -> str:
    own, side, other = bank[matter], *_sides(label)
    count = luck.choices([1, 2, 3, 4, 5, 6, 8, 10], [14, 20, 20, 16, 11, 8, 6, 5])[0]
    parts = luck.sample(own[side], min(count, len(own[side])))
    if label == "praise":
        parts = _with_a_small_fault(luck, own, parts)
    elif luck.random() < 0.3 and len(parts) > 1:
        parts = _turned(luck, own[other], parts)
    chance = luck.random()
    if chance < 0.3:
        parts.append(luck.choice(bank[ANY][side]))
    elif chance < 0.4:
        parts.insert(0, luck.choice(bank[ANY][side]))
    if luck.random() < 0.25 and own.get("plain"):
        parts.insert(0, luck.choice(own["plain"]))
    return _joined_in_chinese(luck, parts)


def _with_a_small_fault(
    luck: random.Random, own: Mapping[str, Sequence[str]], parts: list[str]
) -> list[str]:
    chance = luck.random()
    if chance < FAULT_IN_PRAISE and own.get("minor"):
        place = luck.choice((len(parts), luck.randrange(len(parts) + 1)))
        return [*parts[:place], luck.choice(own["minor"]), *parts[place:]]
    if chance < FAULT_IN_PRAISE + FAULT_BEFORE_PRAISE and len(parts) > 1:
        return [f"虽然{luck.choice(own['bad'])}", f"但{parts[1]}", *parts[2:]]
    return parts


def _turned(luck: random.Random, good: Sequence[str], parts: list[str]) -> list[str]:
    """A complaint that begins with what was good, or ends with it."""
    if luck.random() < 0.75:
        kind_words = luck.sample(good, luck.choice((1, 1, 1, 2)))
        return [*kind_words, luck.choice(TURNS) + parts[0], *parts[1:]]
    return [*parts, luck.choice(("除了", "也就", "只有")) + luck.choice(good)]


def _joined_in_chinese(luck: random.Random, parts: Sequence[str]) -> str:
    style = luck.random()
    if style < 0.16:
        return (" " if style < 0.12 else "").join(parts)
    marks = [luck.choices("，。！；、", [70, 16, 8, 3, 3])[0] for _ in parts[1:]]
    marks.append(luck.choice(("。", "！", "", "", "。", "！！", "~", "...")))
    return "".join(part + mark for part, mark in zip(parts, marks, strict=True))


def _english(luck: random.Random, bank: Bank, label: str, matter: str) -> str:
    own = bank[matter]
    if label == "question":
        parts = [luck.choice(own["question"])]
        if luck.random() < 0.35:
            parts.insert(0, luck.choice(own["plain"]))
        if luck.random() < 0.15:
            parts.append(luck.choice(THANKS))
        if luck.random() < 0.1:
            parts.insert(0, luck.choice(GREETINGS))
        return _joined_in_english(luck, parts)
    side, _ = _sides(label)
    parts = luck.sample(own[side], luck.choices([1, 2, 3, 4], [40, 35, 18, 7])[0])
    if label == "praise" and luck.random() < ENGLISH_FAULT_IN_PRAISE:
        parts.append(luck.choice(own["minor"]))
    if label == "complaint" and luck.random() < 0.1:
        parts.insert(0, f"{luck.choice(own['good'])}, but")
    if luck.random() < 0.25:
        parts.append(luck.choice(bank[ANY][side]))
    if luck.random() < 0.25:
        parts.insert(0, luck.choice(own["plain"]))
    return _joined_in_english(luck, parts)


def _joined_in_english(luck: random.Random, parts: Sequence[str]) -> str:
    is_tidy = luck.random() < 0.8
    pieces: list[str] = []
    for part in parts:
        asks = part.split()[0] in QUESTION_WORDS and luck.random() < 0.85
        mark = (
            "?" if asks else luck.choices((".", "!", "!!", "...", ",", ""), [10, 4, 1, 1, 2, 2])[0]
        )
        pieces.append((part[0].upper() + part[1:] if is_tidy else part) + mark)
    return " ".join(pieces)
