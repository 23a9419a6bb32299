"""An owner adds an intent, a strategy and an FAQ entry by editing the playbook file alone."""

from importlib.resources import files
from pathlib import Path

import pytest

from stream_service.assembly import graph_judge
from stream_service.contracts.reply import Reply
from stream_service.contracts.verdict import Verdict
from stream_service.graph import GraphJudge
from stream_service.playbook import load_playbook
from stream_service.playbook.lint import suspicions
from stream_service.settings import load_settings
from tests.support.waiting import until
from tests.unit.graph.scripted import RECEIVED_AT, SOURCE, event

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")

STRATEGY = """[[strategies.question]]
id = "explain_points"
when = { intents_any = ["loyalty"] }
[strategies.question.wording]
en = "Thank you for asking about your points. They are shown on the page of your membership."
zh = "感谢您咨询积分。积分显示在会员页面上。"

"""

INTENT = """
[intents.loyalty]
label = { en = "loyalty points", zh = "积分" }
[intents.loyalty.examples]
en = ["How do I collect points?", "When do my points expire?", "How many points do I have?"]
zh = ["积分怎么攒", "积分什么时候过期", "我有多少积分"]

[[faq]]
id = "gift_wrapping"
[faq.questions]
en = ["Can you gift wrap my order?", "Do you offer gift wrapping?"]
zh = ["可以包装成礼物吗", "有礼品包装吗"]
[faq.answer]
en = "Choose “gift wrapping” in the basket before you confirm the order."
zh = "确认订单之前，在购物车中选择“礼品包装”即可。"
"""

FIRST_QUESTION_STRATEGY = '[[strategies.question]]\nid = "answer_from_faq"'


def edited() -> str:
    assert FIRST_QUESTION_STRATEGY in DEFAULT
    return DEFAULT.replace(FIRST_QUESTION_STRATEGY, STRATEGY + FIRST_QUESTION_STRATEGY) + INTENT


async def asked(judge: GraphJudge, text: str) -> Verdict:
    return await judge(event(text), SOURCE, RECEIVED_AT)


@pytest.mark.parametrize("encoder", ["auto", "universal"])
async def test_all_three_are_used_in_both_languages(tmp_path: Path, encoder: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(edited(), "utf-8")
    assert suspicions(load_playbook(path)) == ()
    settings = load_settings([f"playbook.path={path}", f"local.encoder={encoder}"])

    async with graph_judge(settings) as judge:
        for text, strategy, intent, words in (
            ("How can I collect points?", "explain_points", "loyalty", "your points"),
            ("请问积分怎么攒？", "explain_points", "loyalty", "会员页面"),
            ("Can you gift wrap the order?", "answer_faq_entry", None, "“gift wrapping”"),
            ("请问可以包装成礼物吗？", "answer_faq_entry", None, "“礼品包装”"),
        ):
            verdict = await asked(judge, text)
            assert isinstance(verdict, Reply), (text, verdict)
            assert verdict.strategy == strategy, (text, verdict.analysis)
            assert words in verdict.text
            if intent is not None:
                assert (verdict.analysis.intent, verdict.analysis.topic) == (intent, intent)
            else:
                assert verdict.analysis.faq == "gift_wrapping"


async def test_what_no_entry_covers_is_not_answered_by_one() -> None:
    async with graph_judge(load_settings(["local.encoder=universal"])) as judge:
        for text in ("Is the pool heated in winter?", "请问泳池是恒温的吗？"):
            verdict = await asked(judge, text)
            strategy = (
                verdict.strategy
                if isinstance(verdict, Reply)
                else verdict.action_request.args.strategy
            )
            assert strategy != "answer_faq_entry", (text, verdict.analysis)


async def test_a_running_judge_learns_them_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT, "utf-8")
    settings = load_settings(
        [
            f"playbook.path={path}",
            "playbook.reload_interval_s=0.05",
            "local.encoder=universal",
        ]
    )
    async with graph_judge(settings) as judge:
        before = await asked(judge, "How do I collect points?")
        assert before.analysis.intent != "loyalty"
        path.write_text(edited(), "utf-8")

        async def is_learned() -> bool:
            after = await asked(judge, "How do I collect points?")
            return after.analysis.intent == "loyalty"

        await until(is_learned)
