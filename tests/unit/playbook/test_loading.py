"""A wrong playbook is refused with the place and the fix."""

from importlib.resources import files
from pathlib import Path

import pytest

from stream_service.playbook import PlaybookError, load_playbook, read_playbook

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
LAST_COMPLAINT = '[[strategies.complaint]]\nid = "apologise"\n'


def test_the_default_playbook_is_usable() -> None:
    playbook = load_playbook()
    assert playbook.version == "1"
    assert {"delivery", "refund", "other"} <= set(playbook.intents)
    assert {"delivery", "quality", "staff"} <= set(playbook.aspects)


def test_a_playbook_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT.replace('version = "1"', 'version = "mine"'), "utf-8")
    assert load_playbook(path).version == "mine"


def changed(old: str, new: str) -> str:
    assert old in DEFAULT, old
    return DEFAULT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "place", "fix"),
    [
        (
            changed("{answer}\n\nIf this", "{anwser}\n\nIf this"),
            "strategies.question[1]: wording.en",
            "unknown variable {anwser}; known are answer, aspect",
        ),
        (
            changed("so openly.\n", "so openly[[.\n"),
            "strategies.complaint[1]: wording.en",
            "[[ and ]] must come in pairs",
        ),
        (
            changed("so openly.\n", "so openly {.\n"),
            "strategies.complaint[1]: wording.en",
            "{ and } must come in pairs",
        ),
        (
            changed("Thank you for your message.", "Thank you[[ for your message]]."),
            "strategies.other[0]: wording.en",
            "take the brackets away",
        ),
        (
            changed('languages = ["en", "zh"]', 'languages = ["en", "zh", "de"]'),
            "strategies.praise[0].wording.de",
            "the text is missing; write it in this language too",
        ),
        (
            changed('languages = ["en", "zh"]', 'languages = ["en"]'),
            "strategies.praise[0].wording.zh",
            "zh is not in languages; add it there",
        ),
        (
            changed('label = { en = "price", zh = "价格" }', 'label = { en = "price" }'),
            "aspects.price.label.zh",
            "the text is missing",
        ),
        (
            DEFAULT.replace("strategies.praise", "strategies.applause"),
            "strategies.applause",
            "unknown entry; take it away or correct its spelling",
        ),
        (
            changed('anger = "high"', 'rage = "high"'),
            "review.priority.rage",
            "'human_requested', 'anger'",
        ),
        (
            changed('anger = "high"\n', ""),
            "review.priority.anger",
            "this entry is missing; give a priority",
        ),
        (
            changed("urgent = 2\n", ""),
            "review.due_hours.urgent",
            "this entry is missing; give a number of hours",
        ),
        (
            changed("urgent = 2\n", "urgent = 0\n"),
            "review.due_hours.urgent",
            "greater than 0",
        ),
        (
            changed(", question = 0.93 }", " }"),
            "thresholds.category_confidence_at_least.question",
            "give a share from 0 to 1",
        ),
        (
            changed(LAST_COMPLAINT, LAST_COMPLAINT + "when = { rating_at_most = 2 }\n"),
            "strategies.complaint[6].when",
            "the last strategy must have no conditions",
        ),
        (
            changed("We are sorry that we let you down[[ with {product}]]", "Sorry for {product}"),
            "strategies.complaint[6].wording.en",
            "the last strategy must not need a variable; write [[ … {product} … ]] around it",
        ),
        (
            changed('id = "investigate_quality"', 'id = "investigate_delivery"'),
            "strategies.complaint[3].id",
            "investigate_delivery stands twice in complaint",
        ),
        (
            changed('aspects_any = ["delivery"]', 'aspects_any = ["delivary"]'),
            "strategies.complaint[2].when.aspects_any",
            "unknown aspect delivary; add it under aspects",
        ),
        (
            changed('aspects_any = ["delivery"]', 'intents_any = ["delivary"]'),
            "strategies.complaint[2].when.intents_any",
            "unknown intent delivary; add it under intents",
        ),
        (
            changed('aspects_any = ["delivery"]', 'aspect_any = ["delivery"]'),
            "strategies.complaint[2].when.aspect_any",
            "unknown entry",
        ),
        (
            changed("rating_at_least = 5", "rating_at_least = 6"),
            "strategies.praise[1].when.rating_at_least",
            "less than or equal to 5",
        ),
        (changed('yue = "zh"', 'yue = "de"'), "language_aliases.yue", "de is not in languages"),
        (changed('version = "1"\n', ""), "version", "this entry is missing; add it"),
        (
            changed('"lawyer*",', '"(lawyer|*)",'),
            "escalation_cues.legal_safety",
            "the cue '(lawyer|*)' would match anything",
        ),
        (
            changed('"lawyer*",', '"(lawyer",'),
            "escalation_cues.legal_safety",
            "the cue '(lawyer' has an open bracket",
        ),
        (
            changed("reply_characters = 1200", "reply_characters = 1_000_000"),
            "limits.reply_characters",
            "less than or equal to 10000",
        ),
        (
            changed('id = "forgotten_password"', 'id = "invoice"'),
            "faq[1].id",
            "invoice stands twice; name one otherwise",
        ),
        (
            changed('zh = "订单的发票可以', 'fr = "订单的发票可以'),
            "faq[0].answer.zh",
            "the text is missing; write it in this language too",
        ),
        (
            changed("[review.due_hours]\nurgent = 2", "[review.due_hours]\nurgent = 1e9"),
            "review.due_hours.urgent",
            "less than or equal to 88800",
        ),
        (
            changed("[review.due_hours]\nurgent = 2", "[review.due_hours]\nurgent = inf"),
            "review.due_hours.urgent",
            "finite number",
        ),
        (
            changed("goodwill_amount = 0 ", "goodwill_amount = inf "),
            "limits.goodwill_amount",
            "finite number",
        ),
        (
            f'{DEFAULT}\n[review.business_hours]\ntime_zone = "UTC"\ncloses = "17:00Z"\n',
            "review.business_hours.closes",
            "without an offset, as 09:00:00",
        ),
        ("version = ", "it is not TOML", "Invalid value"),
        ("version = " + "[" * 5_000, "lists or tables in it", "nest too deeply"),
        ("version = " + "9" * 5_000, "a number in it", "write a shorter one"),
        ("", "strategies", "this entry is missing; add it"),
    ],
)
def test_each_mistake_is_named_with_its_place_and_fix(text: str, place: str, fix: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        read_playbook(text, "shop.toml")
    assert str(refused.value).startswith("shop.toml is not a usable playbook:")
    about = [fault for fault in refused.value.faults if fault.startswith(place)]
    assert any(fix in fault for fault in about), refused.value.faults


def test_a_category_without_strategies_is_refused() -> None:
    head, rest = DEFAULT.split("[[strategies.other]]")
    tail = rest.split("# --- What questions are about")[1]
    text = head.replace(
        "[[strategies.complaint]]", "[strategies]\nother = []\n[[strategies.complaint]]", 1
    )
    with pytest.raises(PlaybookError, match=r"strategies\.other: there is no strategy; add one"):
        read_playbook(text + "# " + tail, "shop.toml")


@pytest.mark.parametrize(
    ("content", "fault"),
    [(None, "it cannot be read: No such file"), (b"\xff\xfe", "it is not UTF-8 at byte 0")],
)
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlaybookError) as refused:
        load_playbook(path)
    assert str(path) in str(refused.value)
    assert fault in str(refused.value)
