"""Reading a playbook file, with errors that say where and how to mend it."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from stream_service.contracts.analysis import Category
from stream_service.contracts.files.toml import UnreadableToml, read_toml
from stream_service.contracts.review import Priority, ReviewReason
from stream_service.playbook.errors import PlaybookError
from stream_service.playbook.model import PlaybookFile, Strategy
from stream_service.playbook.playbook import Playbook

_FIXES = {
    "extra_forbidden": "unknown entry; take it away or correct its spelling",
    "missing": "this entry is missing; add it",
}


def load_playbook(path: Path | None = None) -> Playbook:
    """Read the playbook at ``path``, or the one that comes with the service.

    Raises PlaybookError when it cannot be read or used.
    """
    if path is None:
        resource = files("stream_service.playbook") / "default.toml"
        return read_playbook(resource.read_text("utf-8"), "the default playbook")
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        fault = f"it cannot be read: {error.strerror}; give the path of a readable TOML file"
        raise PlaybookError(str(path), (fault,)) from None
    except UnicodeDecodeError as error:
        fault = f"it is not UTF-8 at byte {error.start}; save it as UTF-8"
        raise PlaybookError(str(path), (fault,)) from None
    return read_playbook(text, str(path))


def read_playbook(text: str, source: str) -> Playbook:
    """Read a playbook from TOML; ``source`` names it in errors.

    Raises PlaybookError when it cannot be used.
    """
    try:
        document = read_toml(text)
    except UnreadableToml as error:
        raise PlaybookError(source, (str(error),)) from None
    try:
        playbook_file = PlaybookFile.model_validate(document)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise PlaybookError(
            source,
            tuple(
                f"{_place(fault['loc'])}: {_FIXES.get(fault['type']) or _plain(fault['msg'])}"
                for fault in details
            ),
        ) from None
    if faults := tuple(_faults(playbook_file)):
        raise PlaybookError(source, faults)
    return Playbook(playbook_file)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")  # pydantic's own addition


def _place(location: tuple[int | str, ...]) -> str:
    place = ""
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
    return place.removesuffix(".[key]") or "the file"


def _faults(playbook: PlaybookFile) -> Iterator[str]:
    for alias, target in playbook.language_aliases.items():
        if target not in playbook.languages:
            yield f"language_aliases.{alias}: {target} is not in languages; add it there"
    for name, intent in playbook.intents.items():
        yield from _missing_languages(playbook, intent.label, f"intents.{name}.label")
        if intent.answer is not None:
            yield from _missing_languages(playbook, intent.answer, f"intents.{name}.answer")
    seen: set[str] = set()
    for position, entry in enumerate(playbook.faq):
        if entry.id in seen:
            yield f"faq[{position}].id: {entry.id} stands twice; name one otherwise"
        seen.add(entry.id)
        yield from _missing_languages(playbook, entry.answer, f"faq[{position}].answer")
    for name, aspect in playbook.aspects.items():
        yield from _missing_languages(playbook, aspect.label, f"aspects.{name}.label")
    for category in Category:
        yield from _strategy_faults(playbook, category)
    for category in (Category.COMPLAINT, Category.PRAISE, Category.QUESTION):
        if category not in playbook.thresholds.category_confidence_at_least:
            yield (
                f"thresholds.category_confidence_at_least.{category}: this entry is missing; "
                "give a share from 0 to 1"
            )
    for reason in ReviewReason:
        if reason not in playbook.review.priority:
            yield f"review.priority.{reason}: this entry is missing; give a priority"
    for priority in Priority:
        if priority not in playbook.review.due_hours:
            yield f"review.due_hours.{priority}: this entry is missing; give a number of hours"


def _strategy_faults(playbook: PlaybookFile, category: Category) -> Iterator[str]:
    strategies = playbook.strategies.of(category)
    place = f"strategies.{category}"
    if not strategies:
        yield f"{place}: there is no strategy; add one without conditions"
        return
    seen: set[str] = set()
    for position, strategy in enumerate(strategies):
        here = f"{place}[{position}]"
        if strategy.id in seen:
            yield f"{here}.id: {strategy.id} stands twice in {category}; name one otherwise"
        seen.add(strategy.id)
        yield from _missing_languages(playbook, strategy.wording, f"{here}.wording")
        for aspect in strategy.when.aspects_any:
            if aspect not in playbook.aspects:
                yield f"{here}.when.aspects_any: unknown aspect {aspect}; add it under aspects"
        for intent in strategy.when.intents_any:
            if intent not in playbook.intents:
                yield f"{here}.when.intents_any: unknown intent {intent}; add it under intents"
    yield from _last_strategy_faults(strategies[-1], f"{place}[{len(strategies) - 1}]")


def _last_strategy_faults(last: Strategy, here: str) -> Iterator[str]:
    if not last.when.is_unconditional:
        yield (
            f"{here}.when: the last strategy must have no conditions, so that every event has a "
            "strategy; add one at the end"
        )
    for language in last.wording:
        wording = last.wording_in(language)
        for name in sorted(wording.required if wording else ()):
            yield (
                f"{here}.wording.{language}: the last strategy must not need a variable; write "
                f"[[ … {{{name}}} … ]] around it"
            )


def _missing_languages(playbook: PlaybookFile, texts: dict[str, str], place: str) -> Iterator[str]:
    for language in playbook.languages:
        if language not in texts:
            yield f"{place}.{language}: the text is missing; write it in this language too"
    for language in texts:
        if language not in playbook.languages:
            yield f"{place}.{language}: {language} is not in languages; add it there"
