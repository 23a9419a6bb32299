"""Whole kinds of what a model drafts and nobody decided: promises, times, places to be filled in,
addresses; beside what a model drafts all the time and may."""

from importlib.resources import files

import pytest

from stream_service.playbook import read_playbook
from stream_service.playbook.guard import DraftFault, draft_faults
from stream_service.playbook.lint import suspicions
from tests.unit.playbook.cases import PLAYBOOK
from tests.unit.playbook.drafts import each_harmless, each_refused, faults_in

DEFAULT = (files("stream_service.playbook") / "default.toml").read_text("utf-8")
REFUSED = {
    (DraftFault.MARKUP, "en"): [
        "Best regards, [Your Name].",
        "Dear [Customer Name], thank you.",
        "Your order [order number] is found.",
        "You wrote from [PHONE_1] and [EMAIL_9].",
        "Regards, (Your Name).",
        "Dear <customer name>, thank you.",
        "Dear {customer name}, thank you.",
        "Dear XXX, thank you.",
        "Dear ____, thank you.",
        "Dear %NAME%, thank you.",
    ],
    (DraftFault.MARKUP, "zh"): [
        "【公司名称】敬上。",
        "尊敬的[客户姓名]您好。",
        "〔订单号〕已经收到。",
        "您的号码[PHONE_2]已经记下。",
        "客服（姓名）敬上。",
        "（此处填写姓名）敬上。",
        "尊敬的XX女士您好。",
        "尊敬的***先生您好。",
        "<公司名称>敬上。",
        "【公司名稱】敬上。",
    ],
    (DraftFault.MONEY, "en"): [
        "Your refund has been issued.",
        "Your refund has been approved.",
        "We have initiated the refund.",
        "You are refunded.",
        "We will arrange a replacement.",
        "I have already taken care of your refund.",
        "The refund will show up on your card.",
        "We've put your refund through.",
        "Your replacement order has been placed.",
        "You can expect your refund.",
        "Use this code for a discount.",
        "Consider it refunded.",
        "Another lamp has been shipped to you.",
        "We will cover the return shipping.",
        "We apologise and have already started your refund.",
        "We are sorry, and we would love to make it up with a gift card.",
        "To say sorry, here is a voucher.",
        "We have good news about your refund.",
        "You were not told, but your refund is complete.",
        # The goodwill that no reply may offer excuses nothing.
        "As an apology we would like to offer you a credit of one hundred dollars.",
        "As an apology we would like to offer you a credit of the full price you paid.",
        # Numbers in words
        "We will take fifty dollars off your bill.",
        "Here is fifty pounds for your trouble.",
        "You will find two hundred and fifty euros in your account.",
        "We would like to give you twenty percent off your next order.",
        "We'll knock fifty bucks off.",
        "You get 50 off your next order.",
        # An apology beside it
        "Thank you for waiting, the refund went back to your card.",
        "We apologise for the wait and the refund is now with your bank.",
        "We are sorry for the trouble\n\nA refund is coming your way",
        "We appreciate your patience: the refund has gone out.",
        "We appreciate your patience while the refund goes out to your card.",
        "We are sorry for the inconvenience; a voucher is waiting in your account.",
        "We apologise for the delay, the replacement is now in the hands of the courier.",
        "Thanks for waiting for the refund, it has gone out to your card.",
        "We have requested a refund for you, and thank you for your patience.",
        "The replacement for your broken kettle left our warehouse.",
        "We are sorry, and your next order is free.",
        "We are sorry. Your next order is on us.",
        "We are sorry. You will not have to pay for it.",
    ],
    (DraftFault.MONEY, "zh"): [
        "退款将原路退回。",
        "我们会把钱退给您。",
        "我们会给您退钱。",
        "已为您申请了退款。",
        "已申请了退款。",
        "我们会退还您的货款。",
        "我们会为您换货。",
        "我们会补寄一个。",
        "退款已完成。",
        "款项已打到您的账户。",
        "请您放心，退款一定会到。",
        "运费由我们承担。",
        "给您重新寄一个新的。",
        "非常抱歉，运费我们来出。",
        "很抱歉，我们会把差价补给您。",
        "為您辦理退款手續。",
        "退款將原路退回。",
        "我們會把錢退給您。",
        "我們會為您換貨，補寄給您。",
        "已幫您申請退款。",
        "为表歉意，我们希望向您提供全部货款的补偿额度。",
        "为表歉意，我们希望向您提供五百块的补偿额度。",
        "非常抱歉，给您50块。",
        "给您转五十块作为心意。",
        "非常抱歉，给您半价。",
        "给您打个对折。",
        "给您便宜两百。",
        "下次消费立减一百。",
        "感谢您的耐心等待，您的退款已处理。",
        "非常抱歉给您带来不便，退款已经在路上了。",
        "理解您的心情，换货的包裹已出库。",
        "非常抱歉给您带来不便哦~退款已经处理了哦~请您查看",
        "关于您的退款，财务今天已处理完毕。",
        "很抱歉，新的一台已经在路上了。",
        "非常抱歉，给您补一张券。",
        "非常抱歉，这一单不收您的钱。",
        "我们会换一个全新的给您。",
        "非常抱歉，会给您发优惠券。",
        "我们承诺赔到您满意。",
        "您申請的退款，銀行已受理，請留意。",
    ],
    (DraftFault.DEADLINE, "en"): [
        "You will hear from us within one to two business days.",
        "It takes three to five working days.",
        "You will hear from us in 24 hrs.",
        "You will hear from us within 48h.",
        "You will hear from us tomorrow.",
        "We will call you next week.",
        "You will hear from us in the next few days.",
        "Please allow 3 to five business days.",
        "Please allow up to 5 days.",
        "You will hear from us within twenty-four hours.",
        "The team will write to you this afternoon.",
        "You will hear from us within days.",
        "You will hear from us before noon.",
    ],
    (DraftFault.DEADLINE, "zh"): [
        "我们下周联系您。",
        "我们会在明天联系您。",
        "几天内会有结果。",
        "我们会在48h内答复您。",
        "我们会在三到五个工作日内答复您。",
        "需要3-5个工作日。",
        "预计需要3天。",
        "请耐心等待两天。",
        "最迟周五答复您。",
        "一周左右会有结果。",
        "稍后会有同事联系您。",
        "我們會在數日內答覆您。",
        "我們下週聯繫您。",
        "幾天內會有結果。",
    ],
    (DraftFault.CONTACT, "en"): [
        "See help.acme.ai for more.",
        "See acme.eu for more.",
        "See shop.acme.hk/returns for more.",
        "See acme.co.jp for more.",
        "See acme.store for more.",
        "See acme dot com for more.",
        "Follow @acme_support for more.",
        "Add us on WhatsApp: acme_help.",
        "Add us on WeChat abc123 for it.",
    ],
    (DraftFault.CONTACT, "zh"): [
        "请访问acme.cn查看。",
        "请访问help.acme.ai查看。",
        "请加微信 abc123。",
        "请添加客服微信。",
        "微信号abc-def联系。",
        "请拨打13800138000咨询。",
        "请致电400-820-8820咨询。",
        "写信到kefu@acme.cn即可。",
    ],
}
HARMLESS = {
    "en": [
        "You deserve better value for your money, and we have shared your remarks with the team.",
        "We know that you expected more for the money you paid, and we take that seriously.",
        "We need your order number to look into your refund.",
        "We would like to look into this refund.",
        "We are sorry that the coupon could not be used.",
        "We are sorry to hear that the discount code did not work.",
        "We are glad that free shipping made your day!",
        "To investigate your refund, we need your order number.",
        "We are sorry it takes two hours to charge.",
        "We are happy that the battery lasts up to 10 hours for you.",
        "We are delighted that you enjoyed the breakfast this morning.",
        "We are glad that you are 100% satisfied!",
        "We are glad you like the app.Is there anything we could do better?",
        "Thank you so much for your review.So glad you enjoyed it!",
        "Thank you for the review of the XPS 13 [2024].",
        "We understand that you are still waiting for your refund, and we will look into it.",
        "Please reply with your order number so that we can check the status of your refund.",
        "We are sorry that the replacement you received was also damaged.",
        "We are sorry that your refund has not been processed yet.",
        "We have asked the team responsible to check why the refund was delayed.",
        "We are sorry that you were sent the wrong item and that the exchange took so long.",
        "Thank you for asking about a refund. We have passed your request to the team.",
        "We are glad the replacement works well now.",
        "We are sorry that the coupon did not work for your order.",
        "Please do not send your credit card number or passwords.",
        "We are sorry that the lamp broke after two days.",
        "We are sorry that you had to wait for three weeks, and that nobody called.",
        "Thank you for your patience over the past few days.",
        "We regret that the room was not clean when you arrived at 3 p.m. on Tuesday.",
        "We appreciate your honest review, e.g. your remarks on the packaging.",
        "We are sorry that the WhatsApp chat did not work for you.",
        "Thanks for choosing us (and for the photo)!",
        "We have noted your wish, and a colleague will read your message about the refund.",
        "We are sorry that your gift arrived late and that the birthday was spoilt.",
        "We are glad that you enjoyed the free breakfast and the view.",
        "The version 2.5 of the app should not crash, and we are sorry that it did.",
        "Please send us a photo of the damaged replacement.",
    ],
    "zh": [
        "很抱歉优惠券无法使用给您带来不便，请回复订单号，我们会核实原因。",
        "关于您提到的红包无法领取的问题，我们很抱歉。",
        "很抱歉我们没有兑现承诺，让您失望了。",
        "您的肯定是对我们最大的鼓励，我们会一如既往地保证质量。",
        "我们承诺认真对待每一条反馈。",
        "期待您继续关注我们的新品！",
        "我们会考虑增加积分功能。",
        "更换手机号可以在账户设置中操作。",
        "如需更换地址，请在订单页面操作。",
        "很抱歉积分没有按时到账，请回复账号信息，我们核实。",
        "很抱歉退款没有如期到账，请回复订单号。",
        "很高兴您100%满意！",
        "我们会百分之百认真对待您的反馈。",
        "祝您2025元旦快乐！",
        "很抱歉換了兩塊電池還是不行。",
        "我们理解您还在等待退款，我们会认真核实情况。",
        "关于您提到的退款问题，我们已经记录并转交相关同事核实。",
        "很抱歉退款问题给您带来困扰。",
        "很抱歉您收到的换货商品仍然有破损。",
        "请回复订单号，以便我们查询退款进度。",
        "很抱歉您的退款还没有到账，请告知订单号以便核实。",
        "非常高兴您满意我们的换货服务。",
        "很高兴礼物的包装让您满意，换货也很顺利。",
        "很抱歉台灯用了两天就坏了。",
        "很抱歉让您等了三个星期，客服过了两个小时才接听。",
        "很抱歉我们的配送给您带来了不便。",
        "很高兴您觉得物流很快，包装也好。",
        "很抱歉微信支付没有成功。",
        "售后天天都有人在线，很抱歉没有及时回复您。",
        "很抱歉您没有收到补发的配件，我们会核查原因。",
        "我們會認真核查您反映的問題，感謝您告訴我們。",
        "我們理解您還在等待退款，會認真核實情況。",
    ],
}


@pytest.mark.parametrize(("fault", "language", "sentence"), each_refused(REFUSED))
def test_a_draft_is_refused(fault: DraftFault, language: str, sentence: str) -> None:
    assert fault in faults_in(sentence, language)


@pytest.mark.parametrize(("language", "draft"), each_harmless(HARMLESS))
def test_a_draft_that_promises_nothing_may_be_sent(language: str, draft: str) -> None:
    assert faults_in(draft, language) == ()


@pytest.mark.parametrize(
    ("language", "draft"),
    [
        ("en", "Thank you for telling us about the [Pro] lamp, we are glad that you like it."),
        ("zh", "感谢您购买【新款】运动鞋，很高兴您喜欢。"),
    ],
)
def test_brackets_of_the_customers_are_no_places_to_fill_in(language: str, draft: str) -> None:
    told = "My Lamp [Pro]. 【新款】运动鞋很好"
    assert draft_faults(draft, language, PLAYBOOK, told) == ()
    assert draft_faults(draft, language, PLAYBOOK) == (DraftFault.MARKUP,)


def test_contractions_are_english() -> None:
    draft = "We're sorry the delivery took five days longer than expected."
    assert draft_faults(draft, "en", PLAYBOOK) == ()


def test_a_variable_of_the_owners_holds_what_it_holds_and_no_more() -> None:
    ending = "We have passed it to the team responsible. If you reply"
    own = "Your refund[[ for {product}]] will follow. If you reply"
    playbook = read_playbook(DEFAULT.replace(ending, own), "test")
    assert draft_faults("Your refund for Lamp 3 will follow.", "en", playbook) == ()
    longer = f"Your refund for {'lamps and ' * 9}more will follow."
    assert draft_faults(longer, "en", playbook) == (DraftFault.MONEY,)


def saying(english: str, chinese: str) -> str:
    """The default playbook, but for a longer answer on prices."""
    return DEFAULT.replace(
        "The prices shown on the article's page",
        f"{english} The prices shown on the article's page",
    ).replace("价格以商品页面", f"{chinese}价格以商品页面")


def test_what_an_owner_writes_may_be_said_word_for_word() -> None:
    english = "Your refund is approved by a person. Ask [Help desk] on @acme, it takes 5 days."
    chinese = "退款将原路退回。请加微信 abc123，或到【服务台】，需要3天。"
    playbook = read_playbook(saying(english, chinese), "test")
    assert draft_faults(english, "en", playbook) == ()
    assert draft_faults(chinese, "zh", playbook) == ()
    assert set(draft_faults(english, "en", PLAYBOOK)) == {
        DraftFault.MARKUP,
        DraftFault.CONTACT,
        DraftFault.MONEY,
        DraftFault.DEADLINE,
    }
    assert draft_faults("Your refund is approved by us all.", "en", playbook) == (DraftFault.MONEY,)
    assert draft_faults("So ask at [Other desk] for it.", "en", playbook) == (DraftFault.MARKUP,)


def test_a_promise_of_the_owners_wording_may_hold_any_value() -> None:
    ending = "We have passed it to the team responsible. If you reply"
    assert ending in DEFAULT
    own = "Your refund[[ for {product}]] will follow. If you reply"
    playbook = read_playbook(DEFAULT.replace(ending, own), "test")
    for draft in ("Your refund for Lamp 3 will follow.", "Your refund will follow."):
        assert draft_faults(draft, "en", playbook) == ()
        assert draft_faults(draft, "en", PLAYBOOK) == (DraftFault.MONEY,)
    assert draft_faults("Your refund is here.", "en", playbook) == (DraftFault.MONEY,)


def test_the_longer_end_of_a_span_counts() -> None:
    playbook = read_playbook(DEFAULT.replace("deadline_hours = 0 ", "deadline_hours = 72 "), "test")
    for within in ("within 2-3 days", "in one to three days", "in 72 hrs", "in half a day"):
        assert draft_faults(f"You will have it {within}, we are sure.", "en", playbook) == ()
    for above in ("within 2-4 days", "in one to four days", "in 73 hrs", "within a few days"):
        assert draft_faults(f"You will have it {above}, we are sure.", "en", playbook) == (
            DraftFault.DEADLINE,
        )
    for within in ("两三天内", "三天之内", "七十二小时内", "半天内"):
        assert draft_faults(f"我们会在{within}答复您的问题。", "zh", playbook) == ()
    for above in ("三四天内", "十二天内", "七十三小时内", "一百二十小时内"):
        assert draft_faults(f"我们会在{above}答复您的问题。", "zh", playbook) == (
            DraftFault.DEADLINE,
        )


def test_a_playbook_without_words_of_money_has_its_phrases() -> None:
    without = DEFAULT[: DEFAULT.index("[guard_cues.money]")]
    without += DEFAULT[DEFAULT.index("[guard_cues.deadlines]") :]
    playbook = read_playbook(without, "test")
    assert draft_faults("We will refund you for it.", "en", playbook) == (DraftFault.MONEY,)
    assert draft_faults("Consider it refunded by us.", "en", playbook) == ()
    told = [line.partition(":")[0] for line in suspicions(playbook)]
    assert told == ["guard_cues.money", "guard_cues.giving", "guard_cues.speaking"]


def test_a_promise_in_an_owners_text_is_told() -> None:
    told = "\n".join(
        suspicions(read_playbook(saying("Consider it refunded.", "退款一定会到。"), "mine"))
    )
    assert "intents.price.answer.en: it says 'consider it refunded'" in told
    assert "intents.price.answer.zh: it says '退款一定会到'" in told
