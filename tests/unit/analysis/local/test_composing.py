from stream_service.analysis.local.resources import clauses
from stream_service.analysis.local.training.composing import ANY, FOLDS, REVIEWS, composed


def test_the_same_reviews_every_time() -> None:
    assert composed() == composed()


def test_as_many_of_each_language_as_are_asked_for() -> None:
    reviews = composed()
    chinese = sum(not review.text.isascii() for review in reviews)
    assert (chinese, len(reviews) - chinese) == (REVIEWS["zh"], REVIEWS["en"])
    assert {review.label for review in reviews} == {"complaint", "praise", "question"}


def test_every_matter_is_in_one_fold() -> None:
    for language, folds in FOLDS.items():
        matters = [matter for fold in folds for matter in fold]
        assert sorted(matters) == sorted(set(clauses(language)) - {ANY})


def test_a_fold_says_nothing_that_another_one_says() -> None:
    """What is learned of some matters is tried on others: no verdict may stand in both."""
    bank = clauses("zh")
    everything = [clause for own in bank.values() for lines in own.values() for clause in lines]
    verdicts = [clause for lines in bank[ANY].values() for clause in lines]
    own = [one for one in verdicts if sum(one in clause for clause in everything) == 1]
    assert len(own) > 50
    reviews = [review for review in composed() if not review.text.isascii()]
    for clause in own:
        found = {review.fold for review in reviews if clause in review.text}
        assert len(found) <= 1, clause


def test_no_clause_stands_on_both_sides() -> None:
    for language in FOLDS:
        for matter, own in clauses(language).items():
            assert not set(own["good"]) & set(own["bad"]), (language, matter)


def test_praise_often_names_a_small_fault() -> None:
    """Where it seldom does, long praise is taken for a complaint."""
    bank = clauses("zh")
    faults = [fault for own in bank.values() for fault in own.get("minor", ())]
    praise = [one.text for one in composed() if one.label == "praise" and not one.text.isascii()]
    forgiving = [text for text in praise if "虽然" in text or any(one in text for one in faults)]
    assert len(forgiving) / len(praise) > 0.4
