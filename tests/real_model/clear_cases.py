"""Thirty texts that no reader would judge in two ways, half of them Chinese.

None of them, nor a near relative, stands in the prompt's examples.
"""

from stream_service.contracts.analysis import Category

CLEAR_CASES = (
    ("The parcel arrived nine days late and the box was crushed.", Category.COMPLAINT),
    ("The app crashes every time I open the payment page.", Category.COMPLAINT),
    ("I was charged twice and nobody has given me my money back.", Category.COMPLAINT),
    ("Terrible service. The waiter was rude and the soup was cold.", Category.COMPLAINT),
    ("These headphones stopped working after one week. Very disappointed.", Category.COMPLAINT),
    ("包裹晚到了一个多星期，外箱都压扁了，太让人失望了。", Category.COMPLAINT),
    ("更新之后应用一直闪退，根本打不开付款页面，气死人了。", Category.COMPLAINT),
    ("鞋子穿了三天就开胶，质量太差了。", Category.COMPLAINT),
    ("房间又脏又吵，一晚上没睡好，前台态度还很恶劣。", Category.COMPLAINT),
    ("重复扣了我两次款，打客服电话一直没人接。", Category.COMPLAINT),
    ("Lovely people at the front desk, and the room was spotless. Thank you!", Category.PRAISE),
    ("Best coffee grinder I have ever owned, worth every penny.", Category.PRAISE),
    ("Your support team solved my problem in five minutes. Fantastic!", Category.PRAISE),
    ("The new version is so much faster. Great work, everyone.", Category.PRAISE),
    ("Delicious food and a wonderful view, we had a perfect evening.", Category.PRAISE),
    ("前台小姐姐特别热情，房间也很干净，下次还来！", Category.PRAISE),
    ("这款耳机音质太棒了，戴一天也不累，强烈推荐。", Category.PRAISE),
    ("快递很快，包装也很用心，给你们点赞。", Category.PRAISE),
    ("孩子非常喜欢这个玩具，做工精致，很满意。", Category.PRAISE),
    ("新版本流畅多了，界面也好看，辛苦了！", Category.PRAISE),
    ("How do I cancel my membership before it renews?", Category.QUESTION),
    ("Is the blue jacket coming back in size M?", Category.QUESTION),
    ("What time does your store in the city centre close on Sundays?", Category.QUESTION),
    ("Can I pay by bank transfer instead of a credit card?", Category.QUESTION),
    ("Does the warranty cover a broken screen?", Category.QUESTION),
    ("请问你们支持分期付款吗？", Category.QUESTION),
    ("蓝色的外套M码什么时候补货？", Category.QUESTION),
    ("这台洗衣机的保修期是多久？", Category.QUESTION),
    ("怎么修改账号绑定的手机号？", Category.QUESTION),
    ("周末你们门店几点关门？", Category.QUESTION),
)
