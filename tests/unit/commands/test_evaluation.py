"""Reading labelled files, and the figures over judged rows."""

from pathlib import Path

import pytest

from stream_service.commands.evaluation.gold import GoldFile, read_gold
from stream_service.commands.evaluation.metrics import (
    Judged,
    accuracy,
    calibration_error,
    confusion,
    macro_f1,
    reliability,
    shares,
    trade_offs,
)
from stream_service.commands.evaluation.page import page
from stream_service.commands.evaluation.result import Result, as_json
from stream_service.commands.process.failures import CommandFailed
from stream_service.contracts.analysis import Category


def written(folder: Path, content: str | bytes, name: str = "gold.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes, name: str = "gold.csv") -> GoldFile:
    return read_gold(written(folder, content, name))


def judged(
    label: str,
    category: str,
    confidence: float | None = 0.9,
    *,
    uncertain: bool = False,
    contradicted: bool = False,
    cost_usd: float | None = 0.0,
) -> Judged:
    return Judged(
        label=label,
        category=Category(category),
        confidence=confidence,
        is_uncertain=uncertain or contradicted,
        is_contradicted=contradicted,
        is_reviewed=uncertain or contradicted,
        model="m",
        playbook_version="1",
        cost_usd=cost_usd,
    )


def test_csv_rows_with_their_lines_and_those_not_counted(tmp_path: Path) -> None:
    gold = read(
        tmp_path,
        'id,text,label,lang\n1,"late,\nagain",complaint,en\n2,很好,praise,zh\n3,hm,other,en\n',
    )

    assert [(row.line, row.event.text, row.label) for row in gold.rows] == [
        (2, "late,\nagain", "complaint"),
        (4, "很好", "praise"),
    ]
    assert gold.left_out == {"other": 1}


def test_the_judge_is_not_shown_the_label(tmp_path: Path) -> None:
    for name, content in (
        ("a.csv", "text,label,orig\nbad,complaint,negative\n"),
        ("a.jsonl", '{"text": "bad", "label": "complaint", "attributes": {"label": "complaint"}}'),
    ):
        (row,) = read(tmp_path, content, name).rows
        assert "complaint" not in row.event.model_dump_json()


def test_json_lines_with_a_rating(tmp_path: Path) -> None:
    gold = read(tmp_path, '\n{"text": "fine", "label": "praise", "rating": 5}\n', "a.jsonl")

    assert [(row.line, row.event.rating, row.label) for row in gold.rows] == [(2, 5, "praise")]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "text,label\nbad,complain\n", "line 2: label: 'complain' is no label; write one"),
        ("a.csv", "text,label\nbad,\n", "line 2: label: it is missing; write one of complaint"),
        ("a.csv", "text\nbad\n", "line 2: label: it is missing"),
        ("a.csv", "comment,label\nbad,praise\n", "line 1: the header has no column called text"),
        ("a.csv", "text,label\na,b,c\n", "line 2: 3 values for 2 columns; quote values"),
        ("a.csv", 'text,label\n"a,praise\n', "line 2: a quote in this row is never closed"),
        ("a.csv", b"text,label\n\xff,praise\n", "line 2: it is not UTF-8 at byte 0; save it as"),
        ("a.csv", "text,label\n ,praise\n", "line 2: text: there is nothing in it"),
        ("a.csv", "text,label\nhm,other\n", "no row to count; label rows with complaint"),
        ("a.csv", "", "no row to count"),
        ("a.jsonl", '{"text": "a", "label": "praise"}\n{"label": "praise"}', "line 2: text: "),
        ("a.jsonl", '{"text": "a", "label": 1}', "line 1: label: it is missing"),
        ("a.jsonl", "no json", "line 1: the value is not JSON"),
        ("a.xlsx", "PK", "the name must end in .csv or .jsonl"),
    ],
)
def test_a_wrong_file_is_named_with_line_field_and_fix(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    with pytest.raises(CommandFailed) as failed:
        read(tmp_path, content, name)
    assert told in str(failed.value)
    assert name in str(failed.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"none\.csv: it cannot be read: No such file"):
        read_gold(tmp_path / "none.csv")


def test_a_file_of_another_kind_is_not_complained_of_line_by_line(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed) as failed:
        read(tmp_path, "text,label\n" + "bad,negative\n" * 1_000)
    assert str(failed.value).count("\n") < 10


def test_accuracy_and_macro_f1() -> None:
    rows = [
        judged("complaint", "complaint"),
        judged("complaint", "complaint"),
        judged("complaint", "praise"),
        judged("praise", "praise"),
        judged("question", "other"),
    ]

    assert accuracy(rows) == pytest.approx(3 / 5)
    # complaint: 2 of 3 found, 2 of 2 named right; praise: 1 of 1, 1 of 2; question: none.
    assert macro_f1(rows) == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    assert confusion(rows)["complaint"] == {
        "complaint": 2,
        "praise": 1,
        "question": 0,
        "other": 0,
    }


def test_files_that_know_complaint_or_not_are_counted_by_that() -> None:
    rows = [
        judged("complaint", "complaint"),
        judged("not_complaint", "question"),
        judged("not_complaint", "other"),
        judged("not_complaint", "complaint"),
    ]

    assert accuracy(rows) == 0.75
    assert macro_f1(rows) == pytest.approx((2 / 3 + 0.8) / 2)


def test_reliability_and_calibration_error() -> None:
    rows = [
        judged("praise", "praise", 0.95),
        judged("praise", "complaint", 0.91),
        judged("praise", "praise", 1.0),
        judged("praise", "other", None),
    ]

    low, high = reliability(rows)
    assert (low.low, low.rows, low.confidence, low.accuracy) == (0.0, 1, 0.0, 0.0)
    assert (high.low, high.rows, high.accuracy) == (0.9, 3, pytest.approx(2 / 3))
    assert high.confidence == pytest.approx(0.9533, abs=1e-4)
    assert calibration_error(rows) == pytest.approx(3 / 4 * (0.95333 - 2 / 3), abs=1e-4)


def test_shares_count_the_three_categories_only() -> None:
    rows = [
        judged("complaint", "praise"),
        judged("complaint", "praise", uncertain=True),
        judged("praise", "praise"),
        judged("question", "question"),
        judged("not_complaint", "complaint"),
    ]

    assert shares(rows) == (0.25, 0.25)
    assert shares([judged("not_complaint", "complaint")]) == (0.0, 0.0)


def test_the_trade_off_keeps_reviews_that_no_threshold_decides() -> None:
    rows = [
        judged("complaint", "praise", 0.6),
        judged("praise", "praise", 0.7),
        judged("praise", "complaint", 0.99, contradicted=True),
        judged("praise", "praise", 0.99),
    ]

    curve = {
        one.threshold: (one.review_share, one.wrong_auto_reply_share) for one in trade_offs(rows)
    }
    assert curve[0.0] == (0.25, 0.25)
    assert curve[0.6] == (0.25, 0.25)
    assert curve[0.62] == (0.5, 0.0)
    assert curve[0.98] == (0.75, 0.0)


def result_of(**files: list[Judged]) -> Result:
    return Result(files=files, left_out={}, seconds=2.0)


def test_json_has_the_figures_by_file() -> None:
    figures = as_json(
        result_of(a=[judged("praise", "praise", cost_usd=0.001)], b=[judged("praise", "other")])
    )

    assert figures["accuracy"] == {"a": 1.0, "b": 0.0}
    assert figures["macro_f1"] == {"a": 1.0, "b": 0.0}
    assert figures["wrong_auto_reply_share"] == 0.5
    assert figures["review_share"] == 0.0
    assert figures["events_per_s"] == 1.0
    assert figures["cost_usd"] == 0.001


def test_an_unknown_cost_is_not_nothing() -> None:
    rows = [judged("praise", "praise", cost_usd=None), judged("praise", "praise")]
    assert as_json(result_of(a=rows))["cost_usd"] is None


def test_the_page_has_pictures_and_takes_names_as_text() -> None:
    drawn = page(result_of(**{"<b>": [judged("praise", "praise"), judged("praise", "complaint")]}))

    assert drawn.count("<svg") == 2
    assert "<b>" not in drawn
    assert "&lt;b&gt;" in drawn
    assert "http" not in drawn
