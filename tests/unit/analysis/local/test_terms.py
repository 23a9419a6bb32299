import numpy as np
import pytest

from stream_service.analysis.local.classifying.terms import TermWeights, load_term_weights, terms


def test_english_terms_are_words_and_pairs() -> None:
    assert terms("Don't buy 12!") == ["don't", "buy", "don't buy", "0", "buy 0", "!", "0 !"]


def test_chinese_terms_are_runs_of_up_to_four() -> None:
    assert terms("太难吃") == ["太", "难", "吃", "太难", "难吃", "太难吃"]


def test_pairs_do_not_reach_over_another_script() -> None:
    assert "a b" not in terms("a 好 b")


def weights_of(**known: tuple[float, float, float]) -> TermWeights:
    """By term: its rarity, and what it says for each of two labels."""
    values = np.array(list(known.values()), dtype=np.float32)
    return TermWeights(
        examples_hash="",
        labels=("a", "b"),
        rows={term: row for row, term in enumerate(known)},
        rarity=values[:, 0],
        weights=values[:, 1:],
        bias=np.array([0.5, -0.5], dtype=np.float32),
    )


def test_scores_are_those_of_scaled_sublinear_tf_idf() -> None:
    weights = weights_of(good=(1.0, 2.0, 0.0), late=(2.0, 0.0, 4.0))

    good, late = 1 + np.log(2), 2.0
    length = np.hypot(good, late)
    assert weights.scores("good good late unknown") == pytest.approx(
        [0.5 + 2 * good / length, -0.5 + 4 * late / length], rel=1e-5
    )


@pytest.mark.parametrize("text", ["", "🙂", "unknown words"])
def test_without_a_known_term_the_bias_stands(text: str) -> None:
    assert list(weights_of(good=(1.0, 2.0, 0.0)).scores(text)) == [0.5, -0.5]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("饭都凉了，等了两个小时", "complaint"),
        ("房间很干净，下次还住这里", "praise"),
        ("bag was lost again and nobody answers", "complaint"),
        ("thank you so much, great crew", "praise"),
        ("do you ship to Norway?", "question"),
    ],
)
def test_the_packages_own_weights_tell_plain_cases(text: str, label: str) -> None:
    weights = load_term_weights()
    assert weights.labels[int(np.argmax(weights.scores(text)))] == label
