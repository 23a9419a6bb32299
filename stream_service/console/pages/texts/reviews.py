"""The review queue."""

from dataclasses import dataclass

from stream_service.console.pages.languages import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsTexts:
    """Of the review queue."""

    title: str
    lead: str
    filters: str
    everything: str
    filter_status: str
    filter_priority: str
    filter_reason: str
    filter_category: str
    filter_language: str
    queue: str
    item: str
    shown: str
    """With ``{count}`` and ``{total}``."""
    empty: str
    nothing_fits: str
    loading: str
    more: str
    choose: str
    back: str
    due: str
    """With ``{span}``."""
    overdue: str
    """With ``{span}``."""
    text: str
    analysis: str
    draft: str
    no_draft: str
    received: str
    history: str
    mine: str
    accept: str
    edit: str
    response: str
    ignore: str
    accept_question: str
    ignore_question: str
    accept_confirm: str
    ignore_confirm: str
    edit_label: str
    respond_label: str
    editor_hint: str
    text_needed: str
    send: str
    cancel: str
    may_not: str
    somebody: str
    decided_by: str
    """With ``{type}`` and ``{by}``."""
    on_its_way: str
    already: str
    """With ``{type}`` and ``{by}``."""
    superseded: str
    """With ``{type}`` and ``{by}``."""
    refused: str
    gone: str
    announce: str
    """With ``{at}``, ``{count}``, ``{priority}`` and ``{due}``."""
    announce_decided: str
    """With ``{type}``."""
    help: str
    shortcuts_on: str
    key_next: str
    key_previous: str
    key_confirm: str
    key_send: str
    key_leave: str
    judged_by: str
    """With ``{analyst}`` and ``{model}``."""
    strategy: str
    """With ``{name}``."""
    label_customer_id: str
    label_channel: str
    label_product: str
    label_rating: str
    label_event_id: str
    label_attributes: str
    label_category: str
    label_language: str
    label_sentiment: str
    label_aspects: str
    label_keywords: str
    label_intent: str
    label_faq: str
    label_urgency: str
    label_churn_risk: str
    label_personal_data: str
    label_entities: str
    label_customer_tier: str
    label_open_orders: str
    label_notes: str
    label_confidence: str


REVIEWS = {
    Language.ENGLISH: ReviewsTexts(
        title="Reviews",
        lead="Feedback that a person decides, the most urgent first. Work with the keys j and k,"
        " a, e, r and i.",
        filters="Filters",
        everything="All",
        filter_status="Status",
        filter_priority="Priority",
        filter_reason="Reason",
        filter_category="Category",
        filter_language="Language",
        queue="Queue",
        item="The chosen item",
        shown="{count} of {total}",
        empty="Nothing waits for a decision.",
        nothing_fits="Nothing here fits the filters.",
        loading="Loading …",
        more="Show more",
        choose="Choose an item of the queue.",
        back="Queue",
        due="due in {span}",
        overdue="overdue by {span}",
        text="Feedback",
        analysis="Analysis",
        draft="Draft",
        no_draft="There is no draft. Write the answer yourself, or ignore the item.",
        received="Received",
        history="Decisions on this item",
        mine="What you decided here",
        accept="Accept",
        edit="Edit",
        response="Respond",
        ignore="Ignore",
        accept_question="Send the draft to the customer as it is? It cannot be taken back.",
        ignore_question="Close this item without any reply to the customer? It cannot be"
        " taken back.",
        accept_confirm="Send it",
        ignore_confirm="Send no reply",
        edit_label="The draft, to be changed",
        respond_label="Your own answer",
        editor_hint="Ctrl+Enter sends it to the customer, Esc leaves and keeps what you wrote.",
        text_needed="Write the answer first.",
        send="Send to the customer",
        cancel="Cancel",
        may_not="Your role may look, and not decide.",
        somebody="somebody",
        decided_by="Decided: {type}, by {by}.",
        on_its_way="A decision on this item is on its way.",
        already="Decided before you: {type}, by {by}. Yours was not recorded.",
        superseded="Superseded: {by} was first ({type}). Yours does not count.",
        refused="The engine refused this decision; the item is open again.",
        gone="There is no such item any more.",
        announce="Item {at} of {count}: {priority}, {due}",
        announce_decided="{type}. On to the next.",
        help="Keys",
        shortcuts_on="Single keys act",
        key_next="next item",
        key_previous="previous item",
        key_confirm="confirm",
        key_send="send what you wrote",
        key_leave="leave without deciding",
        judged_by="Judged by {analyst}: {model}",
        strategy="Strategy: {name}",
        label_customer_id="Customer",
        label_channel="Channel",
        label_product="Product",
        label_rating="Rating",
        label_event_id="Event id",
        label_attributes="Attributes",
        label_category="Category",
        label_language="Language",
        label_sentiment="Sentiment",
        label_aspects="Aspects",
        label_keywords="Keywords",
        label_intent="Intent",
        label_faq="FAQ entry",
        label_urgency="Urgency",
        label_churn_risk="Risk of leaving",
        label_personal_data="Personal details",
        label_entities="Named",
        label_customer_tier="Customer tier",
        label_open_orders="Open orders",
        label_notes="Notes",
        label_confidence="Confidence",
    ),
    Language.CHINESE: ReviewsTexts(
        title="人工审核",
        lead="需要由人决定的反馈，最紧急的在前。可用按键 j、k 以及 a、e、r、i 操作。",
        filters="筛选",
        everything="全部",
        filter_status="状态",
        filter_priority="优先级",
        filter_reason="原因",
        filter_category="类别",
        filter_language="语言",
        queue="队列",
        item="所选项目",
        shown="{count} 条，共 {total} 条",
        empty="没有等待决定的项目。",
        nothing_fits="没有符合筛选条件的项目。",
        loading="正在加载……",
        more="显示更多",
        choose="请在队列中选择一项。",
        back="队列",
        due="{span}后到期",
        overdue="已逾期 {span}",
        text="反馈",
        analysis="分析",
        draft="草稿",
        no_draft="没有草稿。请自行撰写答复，或忽略此项。",
        received="收到时间",
        history="对此项的决定",
        mine="您在此作出的决定",
        accept="采纳",
        edit="修改",
        response="自行答复",
        ignore="忽略",
        accept_question="将草稿原样发送给客户？发送后无法撤回。",
        ignore_question="不回复客户并关闭此项？操作无法撤回。",
        accept_confirm="发送",
        ignore_confirm="不回复",
        edit_label="修改草稿",
        respond_label="您的答复",
        editor_hint="Ctrl+Enter 发送给客户；Esc 退出并保留已写内容。",
        text_needed="请先填写答复。",
        send="发送给客户",
        cancel="取消",
        may_not="您的角色只能查看，不能决定。",
        somebody="其他人",
        decided_by="已决定：{type}，决定人：{by}。",
        on_its_way="对此项的决定正在处理中。",
        already="{by} 已先作出决定（{type}），您的决定未记录。",
        superseded="已被取代：{by} 先作出了决定（{type}），您的决定不生效。",
        refused="引擎拒绝了该决定；此项重新开放。",
        gone="该项目已不存在。",
        announce="第 {at} 项，共 {count} 项：{priority}，{due}",
        announce_decided="{type}。转到下一项。",
        help="按键",
        shortcuts_on="启用单键操作",
        key_next="下一项",
        key_previous="上一项",
        key_confirm="确认",
        key_send="发送所写内容",
        key_leave="退出，不作决定",
        judged_by="判定：{analyst}，{model}",
        strategy="策略：{name}",
        label_customer_id="客户",
        label_channel="渠道",
        label_product="产品",
        label_rating="评分",
        label_event_id="事件编号",
        label_attributes="附加属性",
        label_category="类别",
        label_language="语言",
        label_sentiment="情感",
        label_aspects="方面",
        label_keywords="关键词",
        label_intent="意图",
        label_faq="常见问题条目",
        label_urgency="紧急程度",
        label_churn_risk="流失风险",
        label_personal_data="个人信息",
        label_entities="提及",
        label_customer_tier="客户等级",
        label_open_orders="未完成订单",
        label_notes="备注",
        label_confidence="置信度",
    ),
}
