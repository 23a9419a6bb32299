"""What benchmarks.peers counts as lost, duplicated and out of order, and as leading."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.peers import leading
from benchmarks.peers.leading import TradeOff, rows_behind
from benchmarks.peers.ledger import Correctness, Ledger, Sent
from benchmarks.peers.situations import Figures

FIGURES = Figures(
    events=100,
    events_per_s=50.0,
    cpu_ms_per_event=6.0,
    p50_ms=250.0,
    p99_ms=400.0,
    lost=0,
    duplicated=0,
    out_of_order=0,
    unfinished=0,
    worker_failures=0,
)


def ledger_of(keys: Sequence[str], outputs: Sequence[int], *, by_key: bool = True) -> Ledger:
    """Events of these keys in one partition, and outputs of these numbers in turn."""
    ledger = Ledger({n: Sent(key, at=0.0, place=(0, n)) for n, key in enumerate(keys)})
    for at, number in enumerate(outputs):
        ledger.add_output(number, float(at), by_key=by_key)
    return ledger


@pytest.mark.parametrize(
    ("outputs", "committed", "expected"),
    [
        pytest.param([0, 1, 2], 3, (0, 0, 0, 0), id="all well"),
        pytest.param([1, 0, 2], 3, (0, 0, 0, 0), id="keys overtake each other"),
        pytest.param([2, 1, 0], 3, (0, 0, 1, 0), id="a key overtakes itself"),
        pytest.param([0, 1, 2, 0], 3, (0, 1, 0, 0), id="twice, of which the second is not late"),
        pytest.param([0, 2], 3, (1, 0, 0, 0), id="committed without an output"),
        pytest.param([0, 2], 1, (0, 0, 0, 1), id="not committed: it will be read again"),
        pytest.param([], None, (0, 0, 0, 3), id="nothing committed yet"),
    ],
)
def test_what_is_lost_doubled_and_late(
    outputs: Sequence[int], committed: int | None, expected: tuple[int, int, int, int]
) -> None:
    ledger = ledger_of(["a", "b", "a"], outputs)
    offsets = {} if committed is None else {0: committed}
    lost = ledger.lost(range(3), offsets)
    assert ledger.correctness(range(3), lost) == Correctness(*expected)


def test_outputs_that_are_not_by_key_have_no_order() -> None:
    late = ledger_of(["a", "a"], [1, 0], by_key=False).correctness(range(2), lost=())
    assert late.out_of_order == 0


def test_the_service_leads_where_nobody_is_ahead_by_more_than_noise() -> None:
    ours = {"constant": FIGURES}
    theirs = {"constant": replace(FIGURES, events_per_s=54.0, p99_ms=380.0, cpu_ms_per_event=5.6)}
    assert list(rows_behind({"ours_exactly_once": ours, "quix": theirs})) == []


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("events_per_s", 56.0),
        ("cpu_ms_per_event", 5.0),
        ("p50_ms", 200.0),
        ("p99_ms", 300.0),
    ],
)
def test_a_peer_ahead_is_named(metric: str, value: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "TRADE_OFFS", ())
    theirs = {"constant": replace(FIGURES, **{metric: value})}
    rows = list(rows_behind({"ours_exactly_once": {"constant": FIGURES}, "quix": theirs}))
    assert [(row.peer, row.situation, row.metric, row.reason) for row in rows] == [
        ("quix", "constant", metric, None)
    ]


def test_one_event_lost_is_no_noise() -> None:
    ours = {"crash": replace(FIGURES, lost=1)}
    rows = list(rows_behind({"ours_exactly_once": ours, "quix": {"crash": FIGURES}}))
    assert [row.metric for row in rows] == ["lost"]


def test_a_peer_is_held_against_the_delivery_that_promises_as_much() -> None:
    slower = {"constant": replace(FIGURES, p50_ms=500.0)}
    results = {
        "ours_exactly_once": slower,
        "ours_at_least_once": {"constant": FIGURES},
        "faststream": {"constant": FIGURES},
        "aiokafka_batches": {"constant": FIGURES},
    }
    assert [row.peer for row in rows_behind(results)] == ["aiokafka_batches"]


def test_a_trade_off_gives_its_reason_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    stated = TradeOff(
        peers=frozenset({"quix"}),
        metrics=frozenset({"p50_ms"}),
        situations=frozenset({"constant", "crash"}),
        within=150.0,
        reason="batches",
    )
    monkeypatch.setattr(leading, "TRADE_OFFS", (stated,))
    faster, much_faster = replace(FIGURES, p50_ms=110.0), replace(FIGURES, p50_ms=90.0)
    theirs = {
        "constant": replace(faster, p99_ms=100.0),
        "crash": much_faster,
        "rebalance": faster,
    }
    ours = dict.fromkeys(theirs, FIGURES)
    rows = rows_behind({"ours_exactly_once": ours, "quix": theirs})
    assert {(row.situation, row.metric): row.reason for row in rows} == {
        ("constant", "p50_ms"): "batches",
        ("constant", "p99_ms"): None,
        ("crash", "p50_ms"): None,
        ("rebalance", "p50_ms"): None,
    }
