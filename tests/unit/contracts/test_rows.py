import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_service.contracts.codec import MAX_VALUE_BYTES
from stream_service.contracts.faults import Fault
from stream_service.contracts.feedback import FeedbackEvent
from stream_service.contracts.files.csv_records import CsvRecordBuilder
from stream_service.contracts.files.lines import LineSplitter
from stream_service.contracts.files.rows import (
    RefusedRow,
    Row,
    RowFault,
    RowFormat,
    RowReader,
    RowsUnreadable,
    format_by_name,
)


def read(
    content: bytes | str, row_format: RowFormat | None, customer_id: str | None = None
) -> list[Row | RefusedRow]:
    reader = RowReader(row_format, customer_id)
    data = content.encode() if isinstance(content, str) else content
    return [*reader.feed(data), *reader.finish()]


def texts(rows: list[Row | RefusedRow]) -> list[tuple[int, str]]:
    return [(row.line, row.event.text if isinstance(row, Row) else row.problem) for row in rows]


@pytest.mark.parametrize(
    ("content", "row_format", "fault"),
    [
        (b'{"text": "a", "rating": 6}', "jsonl", Fault.INVALID_FIELD),
        (b"no json", "jsonl", Fault.NOT_JSON),
        (b"x" * (MAX_VALUE_BYTES + 1), "lines", Fault.TOO_LARGE),
        (b"text\n\xff", "csv", Fault.NOT_UTF8),
        (b"text,rating\na", "csv", RowFault.MALFORMED_ROW),
        (b'text\n"a', "csv", RowFault.MALFORMED_ROW),
    ],
)
def test_a_refused_row_has_its_fault_by_a_fixed_name(
    content: bytes, row_format: RowFormat, fault: Fault | RowFault
) -> None:
    (row,) = read(content, row_format)
    assert isinstance(row, RefusedRow)
    assert row.fault is fault


# JSON lines -------------------------------------------------------------------------------------


def test_json_lines_become_events() -> None:
    rows = read('{"text": "good", "rating": 5, "attributes": {"shop": "1"}}\n', "jsonl")

    assert rows == [Row(1, FeedbackEvent(text="good", rating=5, attributes={"shop": "1"}))]


def test_a_bad_json_row_is_named_by_line_and_field_and_the_others_go_on() -> None:
    rows = read('{"text": "a"}\n\n{"text": "b", "rating": 6}\nno json\n{"text": "c"}', "jsonl")

    assert texts(rows) == [
        (1, "a"),
        (3, "rating: Input should be less than or equal to 5"),
        (4, "the value is not JSON: Expecting value at character 0"),
        (5, "c"),
    ]


@pytest.mark.parametrize("text", ['""', '"   "', '"\\u200b\\u200b"'])
def test_a_row_without_visible_text_is_refused_as_the_service_would(text: str) -> None:
    assert texts(read(f'{{"text": {text}}}', "jsonl")) == [
        (1, "text: there is nothing in it that a person could see")
    ]


def test_only_rows_without_a_customer_get_the_given_one() -> None:
    rows = read('{"text": "a"}\n{"text": "b", "customer_id": "own"}\n', "jsonl", "given")

    assert [row.event.customer_id for row in rows if isinstance(row, Row)] == ["given", "own"]


def test_a_huge_line_is_refused_and_the_next_one_read() -> None:
    huge = json.dumps({"text": "x" * (MAX_VALUE_BYTES + 1)})

    rows = read(f'{{"text": "a"}}\n{huge}\n{{"text": "b"}}\n', "jsonl")

    assert texts(rows) == [(1, "a"), (2, f"it is longer than {MAX_VALUE_BYTES} bytes"), (3, "b")]


def test_the_longest_line_that_is_allowed_is_read() -> None:
    frame = '{"text": "a", "ignored": ""}'
    padded = frame.replace('""', f'"{"x" * (MAX_VALUE_BYTES - len(frame))}"')

    assert texts(read(f"\ufeff{padded}\r\n", "jsonl")) == [(1, "a")]
    assert texts(read(f"{padded[:-1]} }}\n", "jsonl")) == [
        (1, f"it is longer than {MAX_VALUE_BYTES} bytes")
    ]


def test_a_line_without_end_takes_bounded_memory() -> None:
    reader = RowReader("jsonl")
    chunk = b"x" * 65_536
    tracemalloc.start()
    try:
        rows = [row for _ in range(640) for row in reader.feed(chunk)]
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert rows == []
    assert texts([*reader.finish()]) == [(1, f"it is longer than {MAX_VALUE_BYTES} bytes")]
    assert peak_bytes < 4 * MAX_VALUE_BYTES


# CSV --------------------------------------------------------------------------------------------


def test_csv_columns_become_fields_and_others_attributes() -> None:
    rows = read(
        "\ufeffevent_id, Text ,rating,occurred_at,Shop\r\ne1,good,4,2026-01-02T03:04:05Z,Köln\r\n",
        "csv",
    )

    [row] = rows
    assert isinstance(row, Row)
    assert row.line == 2
    assert row.event == FeedbackEvent.model_validate(
        {
            "event_id": "e1",
            "text": "good",
            "rating": 4,
            "occurred_at": "2026-01-02T03:04:05Z",
            "attributes": {"Shop": "Köln"},
        }
    )


def test_a_quoted_cell_may_hold_newlines_commas_and_quotes() -> None:
    rows = read('text,product\n"one, ""two""\n\nthree",p\nnext,\n', "csv")

    assert texts(rows) == [(2, 'one, "two"\n\nthree'), (5, "next")]


def test_an_empty_cell_is_an_absent_field() -> None:
    [row] = read("text,rating,customer_id,tag\ngood,,,\n", "csv", "given")

    assert row == Row(2, FeedbackEvent(text="good", customer_id="given"))


def test_a_separator_that_is_no_newline_stays_in_its_cell() -> None:
    assert texts(read("text\none\u2028two\n", "csv")) == [(2, "one\u2028two")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,b,3,c,more", "5 values for 4 columns; quote values that hold commas, quotes or"),
        ("a,b", "2 values for 4 columns"),
        (",b,3,", "text: there is nothing in it that a person could see"),
        ("a,b,9,", "rating: Input should be less than or equal to 5"),
        ('"a" b,c,3,', "',' expected after '\"'"),
        ("a,b,3,unnamed", "a value stands in a column without a name"),
    ],
)
def test_a_bad_csv_row_is_refused_and_the_next_one_read(row: str, problem: str) -> None:
    rows = read(f"text,product,rating,\n{row}\n\nfine,,,\n", "csv")

    assert texts(rows)[1:] == [(4, "fine")]
    assert isinstance(rows[0], RefusedRow)
    assert rows[0].line == 2
    assert problem in rows[0].problem


def test_a_csv_row_that_is_not_utf8_is_refused() -> None:
    rows = read(b"text\ngr\xfc\xdfe\nfine\n", "csv")

    assert texts(rows) == [(2, "it is not UTF-8 at byte 2; save it as UTF-8"), (3, "fine")]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("message,rating", "the header has no column called text"),
        ("text;rating", "the header has no column called text"),
        ("text,rating,Rating", "the header names a column twice: rating"),
        ('"text', None),
    ],
)
def test_an_unusable_header_ends_the_reading(header: str, problem: str | None) -> None:
    if problem is None:
        assert texts(read(f"{header}\na\n", "csv")) == [(1, "a quote in this row is never closed")]
        return
    with pytest.raises(RowsUnreadable, match=f"line 1: {problem}"):
        read(f"{header}\na,b\n", "csv")


def test_a_quote_that_is_never_closed_is_told_by_its_row() -> None:
    rows = read('text\nfine\n"open\nand on\n', "csv")

    assert texts(rows) == [(2, "fine"), (3, "a quote in this row is never closed")]


@pytest.mark.parametrize(
    "row", ['"open' + "\nline" * (MAX_VALUE_BYTES // 5 + 1), "x" * (MAX_VALUE_BYTES + 5)]
)
def test_a_csv_row_without_end_ends_the_reading(row: str) -> None:
    reader = RowReader("csv")
    rows = reader.feed(f"text\nfine\n{row}\nnever read\n".encode())

    assert next(rows) == Row(2, FeedbackEvent(text="fine"))
    with pytest.raises(RowsUnreadable, match="line 3: "):
        next(rows)


@given(st.text(alphabet='",\n a', max_size=60))
def test_records_end_where_the_standard_parser_ends_them(text: str) -> None:
    builder, splitter = CsvRecordBuilder(), LineSplitter(1_000)
    records: list[list[str]] = []
    for line in [*splitter.feed(text.encode()), *splitter.finish()]:
        assert line.content is not None
        record = builder.add(line.number, line.content)
        if record is not None:
            records += list(csv.reader(io.StringIO(record.decode(), newline=""))) or [[]]

    expected = list(csv.reader(io.StringIO(text, newline="")))
    assert records == (expected[:-1] if builder.is_open else expected)


# Plain lines, and which format it is ------------------------------------------------------------


def test_plain_lines_are_one_text_each() -> None:
    assert texts(read("one\n\n  \ntwo, {three}\r\n\u200b\n四", "lines")) == [
        (1, "one"),
        (4, "two, {three}"),
        (5, "text: there is nothing in it that a person could see"),
        (6, "四"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('\n  {"text": "a"}\n', [(2, "a")]),
        ("\n a {\n", [(2, "a {")]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_the_first_visible_character_tells_the_format(
    content: str, expected: list[tuple[int, str]]
) -> None:
    assert texts(read(content, None)) == expected


@pytest.mark.parametrize(
    ("name", "row_format"),
    [
        ("a.JSONL", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.csv", "csv"),
        ("a.txt", "lines"),
        ("a", None),
    ],
)
def test_a_file_name_tells_the_format(name: str, row_format: RowFormat | None) -> None:
    assert format_by_name(Path(name)) == row_format


_CONTENT: dict[RowFormat, bytes] = {
    "jsonl": '{"text": "grüße"}\r\n{"text": 7}\n\nno\n{"text": "b"}'.encode(),
    "csv": '\ufefftext,tag\n"grü\n""ße""",x\n1,2,3\nlast,'.encode(),
    "lines": "\ufeffgrüße\r\n\n二\nlast".encode(),
}


@pytest.mark.parametrize("row_format", list(_CONTENT))
@given(data=st.data())
def test_how_the_bytes_arrive_does_not_matter(row_format: RowFormat, data: st.DataObject) -> None:
    content = _CONTENT[row_format]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(content)))))
    reader = RowReader(row_format)

    rows: list[Row | RefusedRow] = []
    for begin, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
        rows += reader.feed(content[begin:end])
    rows += reader.finish()

    assert rows == read(content, row_format)
    assert len(rows) == {"jsonl": 4, "csv": 3, "lines": 3}[row_format]


# What was not told ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        '[{"text": "a"},\n {"text": "b"}]',
        '[\n{"text": "a"},\n{"text": "b"}\n]\n',
        '\n[\n  {\n    "text": "a"\n  }\n]\n',
        '{\n  "text": "a"\n}\n',
    ],
)
@pytest.mark.parametrize("row_format", [None, "jsonl"])
def test_json_over_several_lines_is_refused_whole(
    content: str, row_format: RowFormat | None
) -> None:
    with pytest.raises(RowsUnreadable, match=r"jq -c '\.\[\]'"):
        read(content, row_format)


@pytest.mark.parametrize(
    "content", ["text,rating\ngood,5\n", '\n"Customer_ID","Text"\r\nc1,good\r\n']
)
def test_a_csv_header_is_known_by_its_names(content: str) -> None:
    rows = read(content, None)

    assert rows == read(content, "csv")
    assert [row.event.text for row in rows if isinstance(row, Row)] == ["good"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_header_of_another_separator_is_refused_in_words(separator: str) -> None:
    with pytest.raises(RowsUnreadable, match="separated by commas"):
        read(f"text{separator}rating\ngood{separator}5\n", None)


@pytest.mark.parametrize(
    "first", ["text", "Text, please, not calls", "[URGENT] no parcel", '["nice"] they said', "a, b"]
)
def test_any_other_first_line_is_plain_text(first: str) -> None:
    assert texts(read(f"{first}\nnext\n", None)) == [(1, first), (2, "next")]
