"""What no draft may say, and what every draft may."""

from importlib.resources import files

import pytest

from stream_service.contracts.analysis import Category
from stream_service.playbook import read_playbook
from stream_service.playbook.guard import DraftFault, draft_faults
from tests.support.processor_time import of_this_thread
from tests.unit.playbook.cases import PLAYBOOK

OPENING = {
    "en": "We are sorry that you had trouble with the lamp, and we will look into it.",
    "zh": "很抱歉给您带来不便，我们会认真核查您反映的问题。",
}
DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (DraftFault.CONTACT, "Please see https://evil.example/refund for more."),
        (DraftFault.CONTACT, "Please see www.evil.example for more."),
        (DraftFault.CONTACT, "Please see evil-refunds.com for more."),
        (DraftFault.CONTACT, "Please see [this page](javascript:run) for more."),
        (DraftFault.CONTACT, "Write to support@evil.example for more."),
        (DraftFault.CONTACT, "Please call +1 (202) 555-0143 for more."),
        (DraftFault.CONTACT, "Your card 4111 1111 1111 1111 is safe with us."),
        (DraftFault.CONTACT, "For more of it please dial 10086 and ask."),
        (DraftFault.MONEY, "You will get $20 from us for it."),
        (DraftFault.MONEY, "You will get 1,000.50 dollars from us for it."),
        (DraftFault.MONEY, "You will get 20% off your next order with us."),
        (DraftFault.MONEY, "We will refund you for the lamp."),
        (DraftFault.MONEY, "You shall be fully reimbursed by us."),
        (DraftFault.MONEY, "A free replacement is on its way to you."),
        (DraftFault.MONEY, "We guarantee that it was our fault."),
        (DraftFault.DEADLINE, "You will hear from us within 24 hours."),
        (DraftFault.DEADLINE, "You will hear from us in two working days."),
        (DraftFault.DEADLINE, "You will hear from us in 3 - 5 days."),
        (DraftFault.DEADLINE, "It will arrive tomorrow at your home."),
        (DraftFault.DEADLINE, "You will have it by Friday, we are sure."),
        (DraftFault.PROMPT_ECHO, "As an AI language model I am not able to do it."),
        (DraftFault.PROMPT_ECHO, "My instructions are to be kind to you."),
        (DraftFault.MARKUP, "<script>alert(1)</script> is what we do for you."),
        (DraftFault.MARKUP, "Dear {customer_name}, it is on its way."),
        (DraftFault.MARKUP, "[[ about {product}]] it is on its way to you."),
        (DraftFault.WRONG_LANGUAGE, "我们会认真核查您反映的问题，请您耐心等待我们的答复，谢谢。"),
    ],
)
def test_faults_of_english_drafts(fault: DraftFault, sentence: str) -> None:
    assert draft_faults(f"{OPENING['en']} {sentence}", "en", PLAYBOOK) == (fault,)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (DraftFault.CONTACT, "详情请见 https://evil.example/tui"),
        (DraftFault.CONTACT, "请联系 kefu@evil.example 处理。"),
        (DraftFault.CONTACT, "请致电 400-820-8820 咨询。"),
        (DraftFault.CONTACT, "请拨打：95588 咨询。"),
        (DraftFault.MONEY, "我们会给您20元的补贴。"),
        (DraftFault.MONEY, "我们会给您五十元的补贴。"),
        (DraftFault.MONEY, "下次购物可享八折。"),
        (DraftFault.MONEY, "我们会为您全额退款。"),
        (DraftFault.MONEY, "我们保证解决。"),
        (DraftFault.DEADLINE, "我们将在24小时内答复您。"),
        (DraftFault.DEADLINE, "我们将在三个工作日内答复您。"),
        (DraftFault.DEADLINE, "问题明天之前会得到处理。"),
        (DraftFault.PROMPT_ECHO, "根据系统提示，我不能回答。"),
        (
            DraftFault.WRONG_LANGUAGE,
            "We are sorry that you had trouble and will look into it for you.",
        ),
        (DraftFault.WRONG_LANGUAGE, "ご不便をおかけして申し訳ございません。"),
    ],
)
def test_faults_of_chinese_drafts(fault: DraftFault, sentence: str) -> None:
    assert draft_faults(f"{OPENING['zh']}{sentence}", "zh", PLAYBOOK) == (fault,)


@pytest.mark.parametrize("draft", ["", "  \n", "...", "123 !"])
def test_a_draft_that_says_nothing_is_empty(draft: str) -> None:
    assert draft_faults(draft, "en", PLAYBOOK) == (DraftFault.EMPTY,)


@pytest.mark.parametrize(
    "draft",
    [
        "Nous sommes désolés du retard de votre commande et nous allons vérifier la livraison.",
        "Es tut uns leid, dass Ihre Bestellung nicht angekommen ist, und wir prüfen es gern.",
        "Мы сожалеем, что ваш заказ опаздывает, и проверим доставку.",
    ],
)
def test_other_languages_are_no_english(draft: str) -> None:
    assert draft_faults(draft, "en", PLAYBOOK) == (DraftFault.WRONG_LANGUAGE,)


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", OPENING["en"]),
        ("en", "Thank you!"),
        ("en", "Thank you for your question about 小米台灯, we will look into it for you."),
        ("en", "We are sorry that the 3 lamps of order 12345 were late; we see that it hurt."),
        ("zh", OPENING["zh"]),
        ("zh", "感谢您对 Bose QuietComfort Ultra 的好评！我们已与团队分享。"),
        ("zh", "谢谢！"),
    ],
)
def test_plain_drafts_have_no_fault(language: str, draft: str) -> None:
    assert draft_faults(draft, language, PLAYBOOK) == ()


def test_every_wording_of_the_default_playbook_passes_its_own_guard() -> None:
    values = dict.fromkeys(("product", "channel"), "")
    for category in Category:
        for strategy in PLAYBOOK.strategies(category):
            for language in PLAYBOOK.file.languages:
                wording = strategy.wording_in(language)
                assert wording is not None
                if "goodwill" in wording.required:
                    continue  # never said without an amount; test_draft_promises has the amount
                filled = values | {
                    "aspect": PLAYBOOK.aspect_label("delivery", language),
                    "keywords": "",
                    "answer": PLAYBOOK.answer("delivery", language) or "",
                    "faq_answer": PLAYBOOK.faq_answer("invoice", language) or "",
                }
                text = wording.render(filled)
                faults = draft_faults(text, language, PLAYBOOK)
                assert faults == (), (strategy.id, language, text)
    for intent in PLAYBOOK.intents:
        for language in PLAYBOOK.file.languages:
            answer = PLAYBOOK.answer(intent, language)
            assert answer is None or draft_faults(answer, language, PLAYBOOK) == (), (
                intent,
                answer,
            )


def test_every_faq_answer_of_the_default_playbook_passes_its_own_guard() -> None:
    for entry in PLAYBOOK.file.faq:
        for language in PLAYBOOK.file.languages:
            assert draft_faults(entry.answer[language], language, PLAYBOOK) == (), entry.id


def test_what_the_playbook_itself_says_may_be_said() -> None:
    said = "You can return it within 30 days at https://shop.example/returns for 5 USD, guaranteed."
    changed = DEFAULT.replace(
        "The prices shown on the article's page", f"{said} The prices shown on the article's page"
    )
    playbook = read_playbook(changed, "test")
    assert draft_faults(said, "en", playbook) == ()
    assert draft_faults(said, "en", PLAYBOOK) == (
        DraftFault.CONTACT,
        DraftFault.MONEY,
        DraftFault.DEADLINE,
    )
    other = said.replace("30 days", "31 days").replace("5 USD", "6 USD")
    assert draft_faults(other, "en", playbook) == (DraftFault.MONEY, DraftFault.DEADLINE)


def test_limits_allow_what_lies_below_them() -> None:
    changed = (
        DEFAULT.replace("goodwill_amount = 0 ", "goodwill_amount = 20 ")
        .replace("deadline_hours = 0 ", "deadline_hours = 48 ")
        .replace("reply_characters = 1200", "reply_characters = 120")
    )
    playbook = read_playbook(changed, "test")
    assert draft_faults("Please accept 20 USD, you will have it in two days.", "en", playbook) == ()
    above = draft_faults("Please accept 21 USD, you will have it in 3 days.", "en", playbook)
    assert above == (DraftFault.MONEY, DraftFault.DEADLINE)
    assert draft_faults("we " * 41, "en", playbook) == (DraftFault.TOO_LONG,)


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "a.", "a-", "1 ", "@a", "a@", "<a", "[", "{", "1,", "within 1", "一", "www."),
        *(
            "【",
            "1.",
            "a.b",
            "1 to ",
            "一至",
            "twenty ",
            "refund ",
            "退款",
            "，退",
            ", we ",
            "not ",
            "没有",
        ),
        *("(insert ", "x", "_", "%a", "qq", "微信", "加", "张.", "in about ", "大约"),
    ],
)
def test_a_hostile_draft_takes_no_long_time(unit: str) -> None:
    longest = DEFAULT.replace("reply_characters = 1200", "reply_characters = 10_000")
    playbook = read_playbook(longest, "test")
    draft = unit * (playbook.limits.reply_characters // len(unit))
    with of_this_thread() as processor_time:
        draft_faults(draft, "en", playbook)
    assert processor_time.spent_s < 0.3  # linear: some 5 ms
