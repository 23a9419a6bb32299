"""What is allowed in a playbook and is still likely a mistake."""

from collections.abc import Iterator

from stream_service.contracts.analysis import Category, Urgency
from stream_service.playbook.cues import Cues
from stream_service.playbook.dates import dates_in
from stream_service.playbook.durations import deadlines_in
from stream_service.playbook.facts import sums_in
from stream_service.playbook.folding import fold, fold_lines
from stream_service.playbook.model import Strategy, When
from stream_service.playbook.playbook import Playbook
from stream_service.playbook.promises import promises_in
from stream_service.playbook.unmatched import fix_of, never_matching

_URGENCIES = tuple(Urgency)


def suspicions(playbook: Playbook) -> tuple[str, ...]:
    """What an owner should look at: the place, what is odd, and the fix, one a line."""
    return (
        *_unreachable(playbook),
        *_unasked(playbook),
        *_unguarded(playbook),
        *_unmatched(playbook),
        *_promises(playbook),
    )


def _unguarded(playbook: Playbook) -> Iterator[str]:
    cues = playbook.file.guard_cues
    for name, words in (
        ("money", cues.money),
        ("giving", cues.giving),
        ("speaking", cues.speaking),
    ):
        if not words:
            yield (
                f"guard_cues.{name}: there is none, so that promises of money are not told from "
                "what may be said of it; copy it from the default playbook"
            )


def _unmatched(playbook: Playbook) -> Iterator[str]:
    file = playbook.file
    sets: dict[str, Cues] = {
        f"{part}.{name}": getattr(entry, name)
        for part, entry in (
            ("escalation_cues", file.escalation_cues),
            ("guard_cues", file.guard_cues),
        )
        for name in type(entry).model_fields
    }
    sets["churn_cues"] = file.churn_cues
    sets |= {f"aspects.{name}.synonyms": aspect.synonyms for name, aspect in file.aspects.items()}
    for place, cues in sets.items():
        for cue, spelling in never_matching(cues):
            yield f"{place}: {cue!r} never finds {spelling!r}; {fix_of(cue)}"


def _unasked(playbook: Playbook) -> Iterator[str]:
    for position, entry in enumerate(playbook.file.faq):
        for language in playbook.file.languages:
            if not entry.questions.get(language):
                yield (
                    f"faq[{position}].questions.{language}: there is none, so that {entry.id} is "
                    "hardly found in this language; add two or three"
                )


def _unreachable(playbook: Playbook) -> Iterator[str]:
    for category in Category:
        strategies = playbook.strategies(category)
        for position, strategy in enumerate(strategies):
            here = f"strategies.{category}[{position}]"
            for earlier in strategies[:position]:
                if _always_before(earlier, strategy):
                    yield (
                        f"{here}: {strategy.id} is never reached, because {earlier.id} above it "
                        "holds whenever it does; move it up or change its conditions"
                    )
                    break
            yield from (f"{here}.when: {fault}" for fault in _contradictions(strategy.when))


def _always_before(earlier: Strategy, later: Strategy) -> bool:
    """Whether ``earlier`` can be used wherever ``later`` can."""
    needs = [
        wording.required
        for strategy in (earlier, later)
        if (wording := strategy.wording_in(next(iter(strategy.wording)))) is not None
    ]
    return len(needs) == 2 and needs[0] <= needs[1] and _includes(earlier.when, later.when)


def _includes(wide: When, narrow: When) -> bool:
    """Whether ``wide`` holds in every case in which ``narrow`` does."""
    for name in type(wide).model_fields:
        mine, theirs = getattr(wide, name), getattr(narrow, name)
        if mine in (None, ()):
            continue
        if theirs in (None, ()):
            return False
        if name == "urgency_at_least":
            holds = _URGENCIES.index(theirs) >= _URGENCIES.index(mine)
        elif name.endswith("_at_most"):
            holds = theirs <= mine
        elif name.endswith("_at_least"):
            holds = theirs >= mine
        else:
            holds = set(theirs) <= set(mine)
        if not holds:
            return False
    return True


def _contradictions(when: When) -> Iterator[str]:
    for name in ("sentiment", "rating"):
        least, most = getattr(when, f"{name}_at_least"), getattr(when, f"{name}_at_most")
        if least is not None and most is not None and least > most:
            yield f"{name}_at_least {least} is above {name}_at_most {most}; no event is both"


def _promises(playbook: Playbook) -> Iterator[str]:
    limits = playbook.limits
    for place, text in _texts(playbook):
        folded = fold(text)
        for found, amount in sums_in(folded):
            if not limits.allows(found, amount):
                yield (
                    f"{place}: it says {found!r}, more than limits.goodwill_amount "
                    f"({limits.goodwill or 0}) allows; take it away or raise the limit"
                )
        for found, hours in deadlines_in(folded):
            if hours > limits.deadline_hours:
                yield (
                    f"{place}: it says {found!r}, longer than limits.deadline_hours "
                    f"({limits.deadline_hours:g}) allows; take it away or raise the limit"
                )
        cues = playbook.file.guard_cues
        lines = fold_lines(text)
        promised = {
            *promises_in(lines, cues),
            *cues.deadlines.all_in(folded),
            *dates_in(lines),
        }
        # {goodwill} is the limit itself, and such a text is used only where there is one.
        for found in () if "{goodwill}" in text else sorted(promised):
            yield f"{place}: it says {found!r}, a promise of guard_cues; word it otherwise"
        if len(text) > limits.reply_characters:
            yield (
                f"{place}: it is longer than limits.reply_characters ({limits.reply_characters}); "
                "shorten it or raise the limit"
            )


def _texts(playbook: Playbook) -> Iterator[tuple[str, str]]:
    for category in Category:
        for position, strategy in enumerate(playbook.strategies(category)):
            for language, text in strategy.wording.items():
                yield f"strategies.{category}[{position}].wording.{language}", text
    for name, intent in playbook.file.intents.items():
        for language, text in (intent.answer or {}).items():
            yield f"intents.{name}.answer.{language}", text
    for position, entry in enumerate(playbook.file.faq):
        for language, text in entry.answer.items():
            yield f"faq[{position}].answer.{language}", text
