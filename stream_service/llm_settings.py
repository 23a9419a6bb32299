"""From the settings and the playbook to what the language model's analyst is told."""

from functools import partial

from stream_service.analysis.llm.analyst import ReadingPolicy
from stream_service.analysis.llm.building import LlmOptions
from stream_service.analysis.llm.chain.breaker import BreakerPolicy
from stream_service.analysis.llm.chain.budget import Budget
from stream_service.analysis.llm.chain.building import ChainPolicy
from stream_service.analysis.llm.chain.cache import AnswerStore, MemoryStore
from stream_service.analysis.llm.client.abilities import AnswerFormat
from stream_service.analysis.llm.client.answer_size import most_answer_bytes
from stream_service.analysis.llm.client.endpoint import NO_KEY, OPENAI_BASE_URL, Endpoint
from stream_service.analysis.llm.errors import LlmSettingsInvalid
from stream_service.analysis.llm.prices import PriceTable
from stream_service.analysis.llm.prompting.guidance import FaqGuide, Guidance, StrategyGuide
from stream_service.contracts.analysis import Category
from stream_service.extras import ExtraMissing
from stream_service.playbook import Playbook
from stream_service.settings.groups import LlmSettings

_SPARE_CONNECTIONS = 8
"""Beside the calls: a probe, and connections that are just being closed."""


def llm_options(settings: LlmSettings) -> LlmOptions:
    """What the settings say. Raises PriceTableInvalid, LlmSettingsInvalid, ExtraMissing."""
    budget = Budget(usd=settings.daily_budget_usd, tokens=settings.daily_budget_tokens)
    prices = PriceTable.load(settings.prices_path)
    if budget.usd is not None and not prices.knows(settings.model):
        raise LlmSettingsInvalid(
            f"llm.daily_budget_usd needs the price of {settings.model}: give it in a file named by"
            " llm.prices_path, or set llm.daily_budget_tokens"
        )
    return LlmOptions(
        endpoint=Endpoint(
            model=settings.model,
            base_url=settings.base_url or OPENAI_BASE_URL,
            api_key=settings.api_key or NO_KEY,
            headers=settings.headers,
            is_traced=settings.langsmith_tracing,
            max_connections=settings.concurrency + _SPARE_CONNECTIONS,
            max_answer_bytes=most_answer_bytes(settings.output_tokens),
        ),
        reading=ReadingPolicy(
            model=settings.model,
            deadline_s=settings.deadline_s,
            with_draft=settings.plan == "fused",
            mask_personal_details=settings.mask_personal_details,
            most_text_tokens=settings.text_tokens,
            most_output_tokens=settings.output_tokens,
            second_opinion=settings.second_opinion,
        ),
        chain=ChainPolicy(
            most_calls=settings.concurrency,
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
            budget=None if budget == Budget() else budget,
        ),
        breaker=BreakerPolicy(patience_s=settings.outage_patience_s),
        answer_format=(
            None if settings.answer_format == "auto" else AnswerFormat(settings.answer_format)
        ),
        call_timeout_s=settings.call_timeout_s,
        prices=prices,
        new_store=None if settings.cache_bytes == 0 else partial(_store, settings),
    )


def guidance_of(playbook: Playbook) -> Guidance:
    """What the playbook tells the model."""
    limits = playbook.limits
    sentences = [f"At most {limits.reply_characters} characters."]
    if limits.goodwill_amount == 0:
        sentences.append("Promise no money, refund, voucher or discount.")
    else:
        most = f"{limits.goodwill_amount:g} {limits.goodwill_currency}"
        sentences.append(f"Promise no refund, and no goodwill above {most}.")
    if limits.deadline_hours == 0:
        sentences.append("Promise nothing within a time.")
    sentences.append("Give no link, e-mail address or telephone number.")
    return Guidance(
        strategies={
            category: tuple(
                StrategyGuide(id=strategy.id, may_draft=strategy.allow_model_draft)
                for strategy in playbook.strategies(category)
            )
            for category in Category
        },
        intents=playbook.intents,
        aspects=playbook.aspects,
        languages=playbook.file.languages,
        limits=tuple(sentences),
        faq=tuple(
            FaqGuide(
                id=entry.id,
                question=" / ".join(texts[0] for texts in entry.questions.values() if texts),
            )
            for entry in playbook.file.faq
        ),
    )


def _store(settings: LlmSettings) -> AnswerStore:
    if settings.cache_url is None:
        return MemoryStore(max_bytes=settings.cache_bytes, ttl_s=settings.cache_ttl_s)
    try:
        from stream_service.analysis.llm.chain.redis_store import RedisStore
    except ImportError:
        raise ExtraMissing("llm.cache_url", ["redis"], "redis") from None
    try:
        return RedisStore(settings.cache_url.get_secret_value(), ttl_s=settings.cache_ttl_s)
    except ValueError:
        raise LlmSettingsInvalid(
            "llm.cache_url must be redis://host:port/0 or rediss://…"
        ) from None
