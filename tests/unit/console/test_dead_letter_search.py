"""What a search for dead letters is made of: the text looked through, and the text looked for."""

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from stream_service.console.queries.dead_letters import (
    InvalidSearch,
    contains,
    searchable,
)
from stream_service.console.store.searched_text import MAX_VALUE_CHARACTERS, searched_text


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("50%", "50/%"),
        ("a_B", "a/_b"),
        ("a/b", "a//b"),
        (r"C:\new", r"c:\new"),
        ("退款", "退款"),
        ("'; --", "'; --"),
    ],
)
def test_signs_of_patterns_stand_for_themselves(dialect: object, text: str, pattern: str) -> None:
    query = select(1).where(contains(text)).compile(dialect=dialect)  # type: ignore[arg-type]
    assert list(query.params.values()) == [pattern]
    assert "ESCAPE '/'" in str(query)
    assert text not in str(query)


@pytest.mark.parametrize("text", ["", "   ", "\u3000\n", "x" * 201, "a\x00b", "\ud83d"])
def test_what_cannot_be_searched_for_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidSearch, match=r"^text: ") as refusal:
        searchable(text)
    assert not text.strip() or text not in str(refusal.value)


def test_blanks_around_a_text_are_not_searched_for_nor_counted() -> None:
    assert searchable("  " + "谢" * 200 + " \n") == "谢" * 200


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("ORDER 12 没有到".encode(), ["order 12 没有到"]),
        # As json.dumps writes it by default; a publisher's most common form.
        (b'{"text":"\\u8c22\\u8C22 \\ud83d\\ude00"', ["谢谢 😀", "\\u8c22\\u8c22"]),
        (b"half \\ud83d of one", ["half \ufffd of one"]),
        (b"nul \x00between", ["nul between"]),
        (b"\xff\xfe", []),
        (None, []),
    ],
)
def test_a_value_is_looked_through_as_it_is_read(value: bytes | None, found: list[str]) -> None:
    text = searched_text(key=b"Key-1", value=value, told=("It failed", "feedback.events 3-17"))
    for part in [*found, "key-1", "it failed", "feedback.events 3-17"]:
        assert part in text
    assert "\x00" not in text


def test_of_a_long_value_the_beginning_is_looked_through() -> None:
    value = b"a" * MAX_VALUE_CHARACTERS + b"beyond"
    text = searched_text(key=None, value=value, told=())
    assert "beyond" not in text
    assert text.count("a") == MAX_VALUE_CHARACTERS
