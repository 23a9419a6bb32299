"""Wording: texts with variables, written so that a missing variable never leaves a hole."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

VARIABLES = frozenset(
    {"product", "aspect", "keywords", "channel", "answer", "faq_answer", "goodwill"}
)
"""product and channel: as the event says; aspect: the worst or best felt one, in the playbook's own
words; keywords: up to two in which something is praised, quoted; answer: the intent's; faq_answer:
that of the FAQ entry that asks the same; goodwill: the amount within the limits."""

NAME = r"[\w][\w \-+&'.,()/·]*"
"""No line breaks, links, markup or braces: names come from outside."""

MAX_NAME_CHARACTERS = 80
"""A product's or channel's name that is longer reads badly in a sentence."""

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


def pattern_of(piece: str, shapes: Mapping[str, str]) -> re.Pattern[str]:
    """What a piece of a wording looks like, whatever its variables hold of their ``shapes`` (each
    a pattern) and whether they do."""
    pattern = ""
    for position, part in enumerate(_OPTIONAL.split(piece)):
        split = _VARIABLE.split(part.replace("[[", "").replace("]]", ""))
        body = "".join(
            f"(?:{shapes[text]})" if place % 2 else re.escape(text)
            for place, text in enumerate(split)
        )
        pattern += f"(?:{body})?" if position % 2 else body
    return re.compile(pattern)


def shapes_of(labels: Iterable[str], answers: Iterable[str], goodwill: str) -> dict[str, str]:
    """What each variable may hold in a folded text, as patterns: no more than ``render`` is given,
    or a sentence of the owner's with a variable would excuse any promise."""
    name = NAME.removesuffix("*") + f"{{0,{MAX_NAME_CHARACTERS - 1}}}"
    keyword = r'["“][^"“”]{1,40}["”]'
    answered = "|".join(map(re.escape, answers))
    return {
        "product": name,
        "channel": name,
        "aspect": "|".join(map(re.escape, labels)),
        "keywords": f"{keyword}(?:(?: and |和){keyword})?",
        "answer": answered,
        "faq_answer": answered,
        "goodwill": re.escape(goodwill),
    }


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with ``{variables}``.

    ``[[ about {product}]]`` is left out as a whole where a variable in it has no value. A variable
    outside such brackets must have a value: a strategy that lacks it cannot be used.
    """

    parts: tuple[tuple[str, bool], ...]
    """Pieces of text, each with whether it is optional."""

    @classmethod
    def parse(cls, text: str) -> "Wording":
        """Read ``text``. Raises ValueError, which names the unknown variable or bracket."""
        parts: list[tuple[str, bool]] = []
        for position, part in enumerate(_OPTIONAL.split(text)):
            optional = bool(position % 2)
            if "[[" in part or "]]" in part:
                raise ValueError("[[ and ]] must come in pairs and not inside each other")
            names = set(_VARIABLE.findall(part))
            if unknown := sorted(names - VARIABLES):
                known = ", ".join(sorted(VARIABLES))
                raise ValueError(f"unknown variable {{{unknown[0]}}}; known are {known}")
            if "{" in (rest := _VARIABLE.sub("", part)) or "}" in rest:
                raise ValueError("{ and } must come in pairs around a variable's name")
            if optional and not names:
                raise ValueError(f"[[{part}]] holds no variable; take the brackets away")
            if part:
                parts.append((part, optional))
        return cls(tuple(parts))

    @property
    def required(self) -> frozenset[str]:
        """The variables that must have a value."""
        return frozenset(
            name
            for part, optional in self.parts
            if not optional
            for name in _VARIABLE.findall(part)
        )

    def render(self, values: Mapping[str, str]) -> str:
        """Fill in ``values``. Raises KeyError when a required variable has none."""
        pieces: list[str] = []
        for part, optional in self.parts:
            if optional and any(not values.get(name) for name in _VARIABLE.findall(part)):
                continue
            pieces.append(_VARIABLE.sub(lambda match: values[match[1]], part))
        return "".join(pieces).strip()
