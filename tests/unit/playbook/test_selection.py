"""Which strategy a case gets, and what the customer then reads."""

from dataclasses import replace
from importlib.resources import files

import pytest

from stream_service.contracts.analysis import (
    AspectSentiment,
    Category,
    Sentiment,
    SentimentLabel,
    Urgency,
)
from stream_service.playbook import Case, Playbook, read_playbook
from stream_service.playbook.conditions import holds
from stream_service.playbook.model import When
from stream_service.playbook.selection import choose, word
from stream_service.playbook.wording import Wording
from tests.unit.playbook.cases import PLAYBOOK, case, score

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
GENEROUS = read_playbook(DEFAULT.replace("goodwill_amount = 0 ", "goodwill_amount = 10 "), "test")


def felt(**aspects: float) -> Sentiment:
    return Sentiment(
        label=SentimentLabel.NEGATIVE,
        score=-0.4,
        aspects=tuple(
            AspectSentiment(
                aspect=name.replace("_", " "), label=SentimentLabel.NEGATIVE, score=value
            )
            for name, value in aspects.items()
        ),
    )


@pytest.mark.parametrize(
    ("strategy", "given"),
    [
        ("calm_and_pass_on", case(sentiment=score(-0.85), urgency=Urgency.CRITICAL)),
        ("investigate_delivery", case(sentiment=felt(delivery=-0.5))),
        ("investigate_delivery", case(sentiment=felt(shipping=-0.5))),
        ("investigate_quality", case(sentiment=felt(quality=-0.5, delivery=0.8))),
        ("investigate_payment", case(sentiment=felt(refund=-0.5))),
        ("apologise_for_service", case(sentiment=felt(customer_service=-0.5))),
        ("apologise", case(sentiment=felt(weather=-0.9))),
        ("apologise", case()),
        ("pass_to_team", case(category=Category.PRAISE, sentiment=felt(staff=0.8))),
        ("thank_and_invite", case(category=Category.PRAISE, rating=5)),
        ("thank", case(category=Category.PRAISE, rating=4)),
        ("answer_from_faq", case(category=Category.QUESTION, intent="refund")),
        ("ask_back", case(category=Category.QUESTION, intent="refund", intent_confidence=0.3)),
        ("ask_back", case(category=Category.QUESTION, intent="how_to")),
        ("ask_back", case(category=Category.QUESTION, intent="astronomy")),
        ("pass_on", case(category=Category.QUESTION, intent="bug", urgency=Urgency.HIGH)),
        ("acknowledge", case(category=Category.OTHER)),
    ],
)
def test_the_first_strategy_whose_conditions_hold_is_taken(strategy: str, given: Case) -> None:
    assert choose(given, PLAYBOOK).strategy.id == strategy


@pytest.mark.parametrize(
    ("language", "sentiment", "strategy", "named"),
    [
        ("en", felt(website=-0.9, payment=-0.5), "investigate_payment", "with your payment."),
        ("zh", felt(website=-0.9, payment=-0.5), "investigate_payment", "支付方面"),
        ("en", felt(price=-0.9, food=-0.3), "investigate_quality", "that the food was"),
        ("en", felt(website=-0.9, staff=-0.5), "apologise_for_service", "app and website."),
    ],
)
def test_the_aspect_that_is_named_is_one_that_the_strategy_is_for(
    language: str, sentiment: Sentiment, strategy: str, named: str
) -> None:
    given = case(language=language, sentiment=sentiment)
    chosen = choose(given, PLAYBOOK).strategy
    assert chosen.id == strategy
    assert named in (word(chosen, given, PLAYBOOK) or "")


def test_a_wording_without_aspects_of_its_own_names_the_strongest() -> None:
    playbook = read_playbook(
        DEFAULT.replace("let you down[[ with", "let you down[[ by the {aspect}]][[ with"), "test"
    )
    given = case(sentiment=felt(price=-0.4, room=-0.8))
    assert "by the room" in (word(choose(given, playbook).strategy, given, playbook) or "")


@pytest.mark.parametrize(
    ("name", "aspect"),
    [
        ("charger", None),
        ("charging cable", None),
        ("charge", "payment"),
        ("double charges", "payment"),
        ("overcharged", "payment"),
    ],
)
def test_a_charger_is_no_payment(name: str, aspect: str | None) -> None:
    assert PLAYBOOK.aspect_named(name) == aspect


@pytest.mark.parametrize(
    ("playbook", "strategy"), [(PLAYBOOK, "apologise"), (GENEROUS, "offer_goodwill")]
)
def test_goodwill_is_offered_only_within_limits(playbook: Playbook, strategy: str) -> None:
    given = case(tier="Gold", sentiment=score(-0.4))
    chosen = choose(given, playbook).strategy
    assert chosen.id == strategy
    assert ("10 USD" in (word(chosen, given, playbook) or "")) == (strategy == "offer_goodwill")


@pytest.mark.parametrize(
    ("when", "given", "expected"),
    [
        (When(), case(), True),
        (When(rating_at_most=2), case(rating=2), True),
        (When(rating_at_most=2), case(rating=3), False),
        (When(rating_at_most=2), case(), False),
        (When(sentiment_at_least=0.5), case(sentiment=score(0.5)), True),
        (When(sentiment_at_least=0.5), case(), False),
        (When(languages_any=("zh",)), case(language="yue"), True),
        (When(languages_any=("zh",)), case(language="ja"), False),
        (When(channels_any=("app",)), case(channel="app"), True),
        (When(channels_any=("app",)), case(), False),
        (When(category_confidence_at_least=0.9), case(confidence=0.9), True),
        (When(category_confidence_at_least=0.9), case(confidence=None), False),
        (When(urgency_at_least=Urgency.HIGH), case(urgency=Urgency.NORMAL), False),
        (When(customer_tiers_any=("GOLD",)), case(tier="gold"), True),
        (When(open_orders_at_least=2), case(open_orders=2), True),
        (When(open_orders_at_least=2), case(open_orders=1), False),
        (When(open_orders_at_least=0), case(), False),
        (When(intents_any=("refund",)), case(intent="refund"), True),
        (When(intents_any=("refund",), rating_at_least=4), case(intent="refund", rating=3), False),
    ],
)
def test_conditions(when: When, given: Case, expected: bool) -> None:
    assert holds(when, given, PLAYBOOK) is expected


def text_for(given: Case) -> str:
    return word(choose(given, PLAYBOOK).strategy, given, PLAYBOOK) or ""


def test_a_variable_without_a_value_leaves_no_hole() -> None:
    with_product = text_for(case(product="Lamp 3"))
    without = text_for(case())
    assert "let you down with Lamp 3," in with_product
    assert "let you down, and" in without
    assert not set("{}[]") & set(with_product + without)


@pytest.mark.parametrize(
    "product",
    ["https://evil.example", "x" * 81, "a\nb", "<b>lamp</b>", "{answer}", "](evil)", "lamp; drop"],
)
def test_a_product_that_is_no_plain_name_is_not_named(product: str) -> None:
    assert text_for(case(product=product)) == text_for(case())


@pytest.mark.parametrize(
    ("language", "keywords", "quoted"),
    [
        ("en", ("soft light", "lamp", "fast delivery"), "“soft light” and “fast delivery”."),
        ("en", ("evil.example", "call 555", "x" * 25, "灯", "a"), None),
        ("zh", ("灯光柔和", "物流快", "好"), "“灯光柔和”和“物流快”"),
        ("zh", ("lamp",), None),
        # Nobody is delighted to read of these.
        ("en", ("mother died", "single issue", "damn good", "not bad", "lamp"), None),
        ("zh", ("去世", "喝醉", "爱死", "没异味", "牛逼", "还来", "不好"), None),
    ],
)
def test_only_what_is_praised_is_quoted(
    language: str, keywords: tuple[str, ...], quoted: str | None
) -> None:
    given = case(category=Category.PRAISE, language=language, keywords=keywords)
    text = text_for(given)
    assert (quoted in text) if quoted else ("“" not in text)


def test_there_is_no_wording_in_an_unsupported_language() -> None:
    given = case(language="ja")
    assert word(choose(given, PLAYBOOK).strategy, given, PLAYBOOK) is None


@pytest.mark.parametrize(
    ("suggested", "strategy", "from_model"),
    [
        ("apologise", "apologise", True),
        ("investigate_delivery", "investigate_delivery", True),
        ("investigate_payment", "investigate_delivery", False),
        ("thank", "investigate_delivery", False),
        ("", "investigate_delivery", False),
        (None, "investigate_delivery", False),
    ],
)
def test_a_suggestion_counts_if_its_conditions_hold(
    suggested: str | None, strategy: str, from_model: bool
) -> None:
    choice = choose(case(sentiment=felt(delivery=-0.5)), PLAYBOOK, suggested)
    assert (choice.strategy.id, choice.from_model) == (strategy, from_model)


def test_a_faq_answer_cannot_be_suggested_where_there_is_none() -> None:
    given = case(category=Category.QUESTION, intent="how_to")
    assert choose(given, PLAYBOOK, "answer_from_faq").strategy.id == "ask_back"


def test_bare_wording_holds_nothing_from_outside() -> None:
    given = case(product="Lamp 3")
    strategy = choose(given, PLAYBOOK).strategy
    assert "Lamp 3" not in (word(strategy, given, PLAYBOOK, bare=True) or "Lamp 3")


def test_a_case_is_judged_by_its_own_text() -> None:
    first = case("Hello World")
    assert first.folded_text == "hello world"
    assert replace(first, draft_faults=("x",)).folded_text == "hello world"


def test_required_variables_are_those_outside_brackets() -> None:
    wording = Wording.parse("A {answer}[[ on {product} and {aspect}]].")
    assert wording.required == {"answer"}
    assert wording.render({"answer": "b"}) == "A b."
    assert wording.render({"answer": "b", "product": "c"}) == "A b."
    assert wording.render({"answer": "b", "product": "c", "aspect": "d"}) == "A b on c and d."
    with pytest.raises(KeyError):
        wording.render({"product": "c"})


def test_what_is_denied_is_not_quoted() -> None:
    text = "The lamp is not so good as the old one, but I love it."
    given = case(text, category=Category.PRAISE, keywords=("good", "love"))
    assert "read about “love”." in text_for(given)
    given = case(
        "没有那么好吃，服务热情", category=Category.PRAISE, language="zh", keywords=("好吃", "热情")
    )
    assert "“热情”" in text_for(given)
    assert "好吃" not in text_for(given)
