"""Playbook files, as their owners may write them: refused by place, or usable to the last text."""

from datetime import UTC, datetime

from stream_service.contracts.analysis import Category
from stream_service.contracts.review import Priority
from stream_service.playbook import PlaybookError, read_playbook
from stream_service.playbook.guard import draft_faults
from stream_service.playbook.lint import suspicions
from stream_service.playbook.selection import choose, word
from stream_service.playbook.wording import VARIABLES
from tests.fuzz.target import target_of_bytes
from tests.unit.playbook.cases import case

NOW = datetime(2026, 3, 27, 15, tzinfo=UTC)
DRAFT = "We are sorry. You get 20 USD within two days, see www.example.com, 13800138000."

SMALL = """\
version = "1"
languages = ["en"]
language_aliases = { yue = "en" }
[[strategies.complaint]]
id = "goodwill"
when = { sentiment_at_most = -0.5, aspects_any = ["price"], urgency_at_least = "high" }
wording = { en = "Sorry[[ about {product}]]: {goodwill}." }
[[strategies.complaint]]
id = "sorry"
when = {}
wording = { en = "Sorry." }
[[strategies.praise]]
id = "thanks"
wording = { en = "Thanks[[ for {keywords}]]." }
[[strategies.question]]
id = "answer"
when = { intents_any = ["refund"], faq_confidence_at_least = 0.5 }
wording = { en = "{answer} {faq_answer}" }
[[strategies.question]]
id = "ask"
wording = { en = "We look." }
[[strategies.other]]
id = "read"
wording = { en = "We read." }
[intents.refund]
label = { en = "refund" }
answer = { en = "Within 5 days." }
examples = { en = ["Money back?"] }
[[faq]]
id = "invoice"
questions = { en = ["Invoice?"] }
answer = { en = "Under orders." }
[aspects.price]
label = { en = "price" }
synonyms = { en = ["cost*", "(too|very) dear"] }
[limits]
goodwill_amount = 20
deadline_hours = 48
[thresholds]
category_confidence_at_least = { complaint = 0.5, praise = 0.5, question = 0.5 }
[high_value]
customer_tiers = ["gold"]
attributes = { vip = [true, 1, "yes"] }
attributes_at_least = { orders = 3 }
[escalation_cues]
human_requested = { en = ["(speak|talk) to (a |)person"] }
anger = { en = ["furious"], zh = ["生气"] }
legal_safety = { en = ["lawyer*"] }
repeat_contact = { en = ["again"] }
prompt_injection = { en = ["ignore all"] }
[guard_cues]
promises = { en = ["refund you"] }
deadlines = { en = ["by tomorrow"] }
prompt_echo = { en = ["as an ai"] }
[review]
sampled_share = 0.1
[review.priority]
human_requested = "high"
anger = "high"
legal_safety = "urgent"
high_value = "high"
repeat_contact = "high"
low_confidence = "normal"
disagreement = "normal"
prompt_injection = "normal"
refusal = "normal"
unsafe_draft = "normal"
llm_unavailable = "normal"
unsupported_language = "normal"
uncategorised = "normal"
sampled = "low"
[review.due_hours]
urgent = 2
high = 8
normal = 24
low = 72
[review.business_hours]
time_zone = "Europe/Berlin"
days = ["monday"]
opens = 09:00:00
closes = "17:00"
holidays = [2026-12-25]
"""

SEEDS = [SMALL.encode()]
TOKENS = [
    *(
        b"inf",
        b"nan",
        b"-1",
        b"1e300",
        b"0",
        b"1",
        b"true",
        b'""',
        b"[]",
        b"{}",
        b"[[[[",
        b"9" * 20,
    ),
    *(b"00:00:00", b"23:59:59.999999", b"09:00:00Z", b"0001-01-01", b"9999-12-31", b"2026-02-30"),
    *(b"{product}", b"[[", b"]]", b"[[{aspect}]]", b"{", b"}", b"{answer}", b"{goodwill}"),
    *(b"(a|b)", b"(|)", b"(", b"|", b"*", b" * ", b"\\u200b", b"\\n", "ﷺ".encode(), "生".encode()),
    *(b"UTC", b"Asia/Kathmandu", b"../UTC", b"tuesday", b"1e9", b"0.000001", b"[high_value]\n"),
]


def check(content: bytes) -> None:
    """Read it; what is not refused is used as the graph would."""
    try:
        playbook = read_playbook(content.decode(errors="replace"), "shop.toml")
    except PlaybookError as refusal:
        assert refusal.faults
        for fault in refusal.faults:
            assert fault.strip(": ")
        assert str(refusal).startswith("shop.toml is not a usable playbook:\n")
        return
    for priority in Priority:
        due = playbook.due_at(priority, NOW)
        assert due >= NOW
        assert due.tzinfo is not None
    for category in Category:
        one = case(category=category, intent="refund", keywords=("cup",), rating=1, product="a cup")
        for language in playbook.file.languages:
            assert playbook.strategies(category)[-1].wording_in(language) is not None
        choice = choose(one, playbook)
        assert choice.strategy in playbook.strategies(category)
        word(choice.strategy, one, playbook)
        for strategy in playbook.strategies(category):
            for language in strategy.wording:
                wording = strategy.wording_in(language)
                assert wording is not None
                assert wording.required <= VARIABLES
                wording.render(dict.fromkeys(VARIABLES, "x"))
        if "en" in playbook.file.languages:
            assert word(playbook.strategies(category)[-1], one, playbook) is not None
    assert playbook.aspect_named("the cost of it") in {None, *playbook.aspects}
    assert all(line.strip() for line in suspicions(playbook))
    draft_faults(DRAFT, "en", playbook)


TARGET = target_of_bytes(check, SEEDS, TOKENS)
