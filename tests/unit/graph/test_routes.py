"""Every way through the graph, and what each leaves behind."""

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from langgraph.graph import START

from stream_service.analysis.analyst import Judged, Reading
from stream_service.contracts.analysis import Category, Keyword
from stream_service.contracts.reply import Origin, Reply
from stream_service.contracts.review import ReviewItem, ReviewReason
from stream_service.graph.build import NODES, build_graph
from stream_service.graph.routing import BRANCHES, ENDINGS, branch_of, ending_of
from stream_service.graph.state import Update
from tests.unit.graph.scripted import (
    CHINESE,
    NOW,
    RECEIVED_AT,
    SOURCE,
    ScriptedBranch,
    event,
    felt,
    judge_of,
    reading,
    reply_to,
    review_of,
    verdict_on,
)

COMMON = {"measure", "classify", "join", "draft", "guard"}


@pytest.mark.parametrize(
    ("category", "own_nodes"),
    [
        (Category.COMPLAINT, {"sentiment", "appease", "auto_reply"}),
        (Category.PRAISE, {"keywords", "thank", "auto_reply"}),
        (Category.QUESTION, {"intent", "answer", "auto_reply"}),
        (Category.OTHER, {"human_review"}),
    ],
)
async def test_each_category_takes_its_own_way(category: Category, own_nodes: set[str]) -> None:
    verdict = await verdict_on(judge_of(reading(category)), event())
    assert set(verdict.timings.nodes_ms) == COMMON | own_nodes
    assert all(milliseconds >= 0 for milliseconds in verdict.timings.nodes_ms.values())
    assert verdict.analysis.category is category


async def test_a_complaint_is_answered_by_what_was_felt() -> None:
    reply = await reply_to(judge_of(reading()), event(product="Lamp 3"))
    assert reply.strategy == "investigate_delivery"
    assert "Lamp 3" in reply.text
    assert reply.analysis.sentiment == felt(-0.4, ("delivery", -0.6))
    assert reply.analysis.confidence.sentiment == 0.8


async def test_praise_is_answered_with_its_keywords() -> None:
    branch = ScriptedBranch(words=(Keyword(text="lovely lamp", weight=1),))
    judge = judge_of(reading(Category.PRAISE), branch=branch)
    reply = await reply_to(judge, event("What a lovely lamp"))
    assert reply.strategy == "thank"
    assert "“lovely lamp”" in reply.text


async def test_a_question_is_answered_from_the_faq() -> None:
    reply = await reply_to(judge_of(reading(Category.QUESTION)), event("Where is my parcel?"))
    assert reply.strategy == "answer_from_faq"
    assert reply.analysis.intent == "delivery"
    assert "My orders" in reply.text


async def test_a_question_that_the_faq_does_not_cover_is_asked_back() -> None:
    branch = ScriptedBranch(purpose="how_to")
    judge = judge_of(reading(Category.QUESTION), branch=branch)
    assert (await reply_to(judge, event("How do I pair it?"))).strategy == "ask_back"


async def test_a_chinese_question_is_answered_in_chinese() -> None:
    judge = judge_of(
        reading(Category.QUESTION, language=CHINESE), branch=ScriptedBranch(spoken=CHINESE)
    )
    reply = await reply_to(judge, event("我的快递什么时候到？"))
    assert reply.language == "zh"
    assert "我的订单" in reply.text


async def test_a_reply_says_of_whom_and_when_it_was_made() -> None:
    given = event(customer_id="c-1", occurred_at="2026-03-01T11:59:00Z")
    reply = await reply_to(judge_of(reading()), given)
    assert (reply.event_id, reply.customer_id, reply.origin) == ("event-1", "c-1", Origin.AUTO)
    assert reply.source == SOURCE
    assert reply.timings.received_at == RECEIVED_AT
    assert reply.timings.occurred_at == given.occurred_at
    assert reply.timings.judged_at == reply.created_at == NOW
    # The nodes that ran one after another cannot have taken longer than the whole.
    nodes_ms = reply.timings.nodes_ms
    assert nodes_ms["join"] + nodes_ms["guard"] <= reply.timings.judgement_ms
    assert reply.provenance.model == "scripted-1"
    assert reply.provenance.playbook_version == "1"
    assert not reply.provenance.degraded


async def test_ids_are_the_same_however_often_an_event_is_judged() -> None:
    first = await reply_to(judge_of(reading()), event())
    again = await reply_to(judge_of(reading()), event())
    other = await reply_to(judge_of(reading()), event(event_id="event-2"))
    review = await review_of(judge_of(reading(Category.OTHER)), event())
    assert first.reply_id == again.reply_id
    assert len({first.reply_id, other.reply_id, review.review_id}) == 3


async def test_what_the_reading_has_is_not_asked_for_again() -> None:
    branch = ScriptedBranch()
    known = replace(reading(), sentiment=Judged(value=felt(-0.2), confidence=0.7))
    reply = await reply_to(judge_of(known, branch=branch), event())
    assert branch.asked == ["language"]
    assert reply.analysis.sentiment == felt(-0.2)
    assert reply.analysis.confidence.sentiment == 0.7


async def test_a_sentiment_that_contradicts_itself_is_asked_for_again() -> None:
    torn = felt(0.9).model_copy(update={"score": -0.9})
    known = replace(reading(), sentiment=Judged(value=torn, confidence=0.9))
    reply = await reply_to(judge_of(known), event())
    assert reply.analysis.sentiment == felt(-0.4, ("delivery", -0.6))


async def test_keywords_that_the_text_does_not_have_are_dropped() -> None:
    known = replace(
        reading(Category.PRAISE),
        keywords=Judged(
            value=(
                Keyword(text="free refund", weight=1),
                Keyword(text="Lamp", weight=0.5),
                Keyword(text="lamp", weight=0.4),
            )
        ),
    )
    reply = await reply_to(judge_of(known), event("What a lovely LAMP"))
    assert [keyword.text for keyword in reply.analysis.keywords] == ["Lamp"]


async def test_an_intent_is_written_as_the_playbook_does() -> None:
    known = replace(reading(Category.QUESTION), intent=Judged(value=" How-To ", confidence=0.9))
    reply = await reply_to(judge_of(known), event("How do I pair it?"))
    assert reply.analysis.intent == "how_to"


async def test_an_intent_outside_the_taxonomy_is_asked_for_again() -> None:
    known = replace(reading(Category.QUESTION), intent=Judged(value="wormholes", confidence=1))
    branch = ScriptedBranch(purpose="astronomy")
    reply = await reply_to(judge_of(known, branch=branch), event("Where do wormholes end?"))
    assert reply.strategy == "ask_back"
    assert "intent_outside_taxonomy" in reply.analysis.notes


async def test_full_width_letters_and_entities_are_read_as_plain_ones() -> None:
    seen: list[str] = []

    def read(feedback: object) -> Reading:
        seen.append(getattr(feedback, "text", ""))
        return reading()

    given = event("Ｔｅｒｒｉｂｌｅ　ｓｅｒｖｉｃｅ &mdash; it&apos;s broken&#8203;\n\n\n\n\nBye")
    reply = await reply_to(judge_of(read), given)
    assert seen == ["Terrible service — it's broken\n\nBye"]
    assert reply.event_id == given.event_id


@pytest.mark.parametrize("route", [None, "complaint", 7, "nonsense"])
def test_routing_is_total_over_categories(route: object) -> None:
    """L6: every category, known or not, leads on."""

    class Unknown:
        category = route

    unknown = cast("Update", {"analysis": None if route is None else Unknown()})
    assert branch_of(unknown) in BRANCHES


@pytest.mark.parametrize("state", [{}, {"reasons": ()}, {"reasons": ("x",)}, {"reasons": None}])
def test_routing_never_replies_without_a_guarded_draft(state: dict[str, object]) -> None:
    assert ending_of(cast("Update", state)) == "human_review"
    assert set(ENDINGS) == {"auto_reply", "human_review"}


async def test_an_unknown_category_ends_in_one_review() -> None:
    """L6: an unknown category has an outcome all the same."""
    nonsense = replace(reading(), category=Judged(value=cast("Category", "gossip"), confidence=1.0))
    verdict = await verdict_on(judge_of(nonsense), event())
    assert isinstance(verdict, ReviewItem)
    assert ReviewReason.UNCATEGORISED in verdict.reasons
    assert "category_unknown" in verdict.analysis.notes


async def test_a_suggested_strategy_that_holds_keeps_the_models_draft() -> None:
    suggested = replace(
        reading(),
        suggested_strategy="apologise",
        draft="We are sorry to hear that your order is late, and we will look into it.",
    )
    reply = await reply_to(judge_of(suggested), event())
    assert reply.strategy == "apologise"
    assert reply.text == suggested.draft


@pytest.mark.parametrize("strategy", ["investigate_payment", "thank", "no_such_strategy"])
async def test_a_suggested_strategy_that_does_not_hold_is_overruled(strategy: str) -> None:
    suggested = replace(
        reading(), suggested_strategy=strategy, draft="We are sorry about your payment."
    )
    reply = await reply_to(judge_of(suggested), event())
    assert reply.strategy == "investigate_delivery"
    assert reply.text != suggested.draft


async def test_a_model_never_words_an_answer_to_a_question() -> None:
    suggested = replace(
        reading(Category.QUESTION),
        suggested_strategy="ask_back",
        draft="Yes, it is waterproof and it also cooks.",
    )
    branch = ScriptedBranch(purpose="quality")
    reply = await reply_to(judge_of(suggested, branch=branch), event("Is it waterproof?"))
    assert reply.strategy == "ask_back"
    assert "waterproof" not in reply.text


async def test_two_hundred_events_at_once_get_one_verdict_each() -> None:
    import asyncio

    categories = list(Category)
    judge = judge_of(lambda feedback: reading(categories[int(feedback.text.split()[-1]) % 4]))
    events = [event(f"Message number {n}", event_id=f"event-{n}") for n in range(200)]
    verdicts = await asyncio.gather(*(verdict_on(judge, given) for given in events))
    assert [verdict.event_id for verdict in verdicts] == [given.event_id for given in events]
    assert [verdict.analysis.category for verdict in verdicts] == categories * 50
    assert sum(isinstance(verdict, Reply) for verdict in verdicts) == 150
    assert sum(isinstance(verdict, ReviewItem) for verdict in verdicts) == 50


def test_no_node_has_both_a_choice_of_ways_and_a_fixed_one() -> None:
    """L7: LangGraph would take both, and an event would have two outcomes."""
    graph = build_graph().builder
    assert not graph.branches
    chosen = {name for name, node in graph.nodes.items() if node.ends}
    fixed = {start for start, _ in graph.edges} | {
        start for starts, _ in graph.waiting_edges for start in starts
    }
    assert chosen == {"join", "guard"}
    assert not chosen & fixed
    assert chosen | fixed == {START, *(name for name, _ in NODES)}


@pytest.mark.parametrize("category", Category)
async def test_every_node_of_a_way_runs_once_and_one_of_them_ends_it(category: Category) -> None:
    """L6, L7: one outcome, by one way."""
    observer = CountingObserver()
    await verdict_on(judge_of(reading(category), observer=observer), event())
    assert set(observer.seen.values()) == {1}
    assert len(observer.seen.keys() & set(ENDINGS)) == 1
    assert len(observer.seen.keys() & {"sentiment", "keywords", "intent"}) == (
        0 if category is Category.OTHER else 1
    )


@dataclass
class CountingObserver:
    """How often each node ran."""

    seen: Counter[str] = field(default_factory=Counter[str])

    def node(self, name: str) -> AbstractContextManager[None]:
        self.seen[name] += 1
        return nullcontext()


def test_the_graph_repeats_nothing_by_itself() -> None:
    """L2: LangGraph's own policy repeats refused requests and leaves out time-outs."""
    graph = build_graph()
    assert not graph.retry_policy
    assert not any(node.retry_policy for node in graph.nodes.values())
