"""Law, threats, danger and despair: in English, simplified and traditional Chinese a person reads
it, and what only sounds like it does not bring one."""

import pytest

from stream_service.contracts.analysis import Category, Urgency
from stream_service.contracts.review import ReviewReason
from stream_service.playbook.escalation import review_reasons
from tests.unit.playbook.cases import PLAYBOOK, case

THREATS = [
    "If he comes again I will kill your courier.",
    "I'll kill you all",
    "i’m going to stab that driver",
    "I know where he lives.",
    "We know where your family lives",
    "Next time I will beat him up",
    "I'm gonna beat the shit out of your driver",
    "I am going to burn your store down",
    "Somebody should burn down your warehouse",
    "I will come back with a gun",
    "I'll break his legs",
    "You're a dead man",
    "Your driver threatened me at my door",
    "The rider punched me in the face",
    "再来我就砍死他",
    "弄死你们",
    "信不信我打死那个快递员",
    "我要去把人砍了，真的要杀人",
    "我知道他住哪里，让他等着",
    "拿刀砍人的心都有，我要提刀找你们经理",
    "明天就去砸了你们的店",
    "早晚烧了你们的仓库",
    "再不退钱我要他的命",
    "大家同归于尽吧",
    "送餐员威胁我，还动手打了人",
    "再來我就殺了他",
    "弄死你們",
    "明天就去砸了你們的店",
    "信不信我打斷你的腿，我打死那個快遞員",
    "我知道他們住哪裡",
    "外送員威脅我",
]
DESPAIR = [
    "There is no reason to live.",
    "I have nothing left to live for",
    "I'll jump off a bridge because of this",
    "I don't want to live anymore",
    "I wish I was dead",
    "I am better off dead",
    "I want to hang myself",
    "Life is not worth living",
    "I'd rather die",
    "我活不下去了",
    "再不退款我就跳楼",
    "逼得我想跳河",
    "我想从天台跳下去",
    "活着没意思",
    "真想死了算了",
    "我不如死了",
    "想上吊",
    "我活不下去了，沒有活下去的勇氣",
    "再不退款我就跳樓",
    "活著沒意思",
    "我想結束自己的生命",
    "我想輕生",
]
LAW = [
    "I am in touch with my legal team.",
    "I have reported you to the authorities",
    "The health inspector will hear of it",
    "I am going to press charges",
    "What you did is illegal",
    "My card was stolen and used in your shop",
    "How can I freeze a stolen card?",
    "There are unauthorised transactions on my account",
    "我要向市场监督管理局反映",
    "那就打官司吧",
    "法庭见",
    "我要告你",
    "我会去告他",
    "已经找媒体了",
    "我要打12345",
    "卡被盗刷了",
    "我的账号被盗了",
    "我要向市場監督管理局反映",
    "那就打官司吧，法庭見",
    "我要去消費者委員會投訴",
    "卡被盜刷了",
    "我會找記者",
    "我要告你們",
]
DANGER = [
    "There is a gas leak since your man was here.",
    "The kitchen smells of gas after the repair",
    "The battery is swollen",
    "A bulging battery, after a week",
    "Sparks are flying out of the plug",
    "It started smoking in the night",
    "My son swallowed a small part of it",
    "I cut my finger on the lid",
    "She slipped and fell in your lobby",
    "My father fractured his hip, he broke his hip",
    "There was a needle in my soup",
    "It could have killed us",
    "This heater is dangerous",
    "插头烧焦了",
    "电池鼓包",
    "电池用了一个月就鼓了，鼓包很严重",
    "孩子把小零件吞下去了",
    "宝宝误食了包装里的干燥剂",
    "厨房煤气泄漏",
    "有一股燃气味",
    "插座冒火花",
    "手被夹伤了",
    "吃坏肚子了",
    "缝了三针",
    "有安全隐患",
    "插頭燒焦了",
    "電池膨脹",
    "孩子把小零件吞下去了，送醫院了",
    "廚房瓦斯外洩，有瓦斯味",
    "插座冒火花，差點觸電",
    "縫了三針",
    "皮膚紅腫",
    "很危險",
]


@pytest.mark.parametrize("text", [*THREATS, *DESPAIR, *LAW, *DANGER])
@pytest.mark.parametrize("category", [Category.COMPLAINT, Category.QUESTION])
def test_a_person_reads_it(text: str, category: Category) -> None:
    assert ReviewReason.LEGAL_SAFETY in review_reasons(case(text, category=category), PLAYBOOK)


@pytest.mark.parametrize(
    "text",
    [
        # Threats that are none
        "You killed it, the show was great",
        "The cake is to die for, I could kill for it",
        "It wouldn't kill you to answer the phone",
        "I have a burning question about the lamp",
        "My phone died and the battery is killing me slowly",
        "I'll shoot you an email",
        "I will shoot them a message later",
        "A bath bomb in your store smells nice",
        "The set should come with a knife",
        "We forgot to bring a knife for the cake",
        "Do you know where it is?",
        "The courier doesn't know where I live",
        "She punched my ticket twice",
        "The box was beaten up",
        "They beat the competition",
        "It hit me that the lamp is blue",
        "In the end it all worked out",
        "A drop dead gorgeous dress, but it is too long",
        "笑死我了，这也太慢了",
        "好吃死了，就是有点少",
        "累死了，搬了半天",
        "气温太高热死人",
        "打死我也不信这是新的",
        "帮我砍一刀，砍价没成功",
        "剧本杀人均一百，有点贵",
        "要命，太慢了",
        "弄坏了一个角",
        "請問哪裡可以砍價",
        "笑死，等了三天",
        # Despair that is none
        "清仓跳楼价买的，有点小",
        "跳楼大甩卖的东西果然一般",
        "螃蟹收到都活着没问题",
        "想死你们家的蛋糕",
        "跳樓大拍賣買的，有點小",
        "I don't want to live near that hotel again",
        "We jumped off the bus too early",
        "Is there any reason to go on using it?",
        # Law that is none
        "我要告诉你一件事，尺码不对",
        "广告上面写的是蓝色",
        "会告诉他的",
        "請告訴我尺寸",
        "The legal size of the paper is wrong",
        "I paid by card and the card was declined",
        # Danger that is none
        "电池续航鼓励大家买大的",
        "電池續航很差，沒有鼓勵作用",
        "狼吞虎咽吃完了，分量少",
        "难以下咽，咽不下去",
        "耽误服务员半天",
        "耽误食用",
        "It is a hard pill to swallow",
        "The ATM swallowed the receipt",
        "The crew passed out snacks late",
        "The design is dangerously close to the old one",
        "This is a sharp picture but a little dark",
        "The burger was cold and the fries soggy",
        "The salsa has no kick",
        "炭火烧烤味道淡，烧炭的炉子小",
    ],
)
def test_what_only_sounds_like_it_does_not(text: str) -> None:
    assert ReviewReason.LEGAL_SAFETY not in review_reasons(case(text), PLAYBOOK)


@pytest.mark.parametrize("category", list(Category))
def test_what_an_analyst_finds_critical_is_read_by_a_person(category: Category) -> None:
    """In whatever words, and of every category: it costs three of a thousand public complaints."""
    text = "The lamp does not work."
    critical = case(text, category=category, urgency=Urgency.CRITICAL)
    assert ReviewReason.LEGAL_SAFETY in review_reasons(critical, PLAYBOOK)
    high = case(text, category=category, urgency=Urgency.HIGH)
    assert ReviewReason.LEGAL_SAFETY not in review_reasons(high, PLAYBOOK)
