"""The reading of PromQL that the other tests of dashboards and rules stand on."""

import pytest

from tests.support.promql import metric_names, selectors


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", ["up"]),
        ('sum(rate(a_total{x="y"}[5m]))', ['a_total{x="y"}']),
        ("sum by (job, le) (rate(a_bucket[1h])) > 14.4 * 0.01", ["a_bucket"]),
        ("time() - max(a) > 1e3 or absent(b)", ["a", "b"]),
        ("a:b:rate5m / (c > bool 0) unless d", ["a:b:rate5m", "c", "d"]),
        ("a * on (instance) group_left () b", ["a", "b"]),
        ("a * on (instance) group_left (version) b", ["a", "b"]),
        (r'a{t=~".*x\\.y{2}",e=""} or vector(0)', [r'a{t=~".*x\\.y{2}",e=""}']),
        ('topk(20, a{x=~"by (up)"})', ['a{x=~"by (up)"}']),
        ("a offset 5m", ["a"]),
    ],
)
def test_the_series_of_an_expression(expression: str, expected: list[str]) -> None:
    assert list(selectors(expression)) == expected


def test_names_go_without_labels() -> None:
    assert metric_names('rate(a{x="y"}[1m]) / b') == {"a", "b"}
