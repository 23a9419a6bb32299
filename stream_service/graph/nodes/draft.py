"""draft: what the reply would say."""

from langgraph.runtime import Runtime

from stream_service.analysis.analyst import Commission, Reading
from stream_service.contracts.analysis import PROMPT_ECHO, Category
from stream_service.contracts.review import DraftArguments
from stream_service.graph.context import Context
from stream_service.graph.nodes.choosing import case_of, chosen_for
from stream_service.graph.nodes.outlook import with_outlook
from stream_service.graph.state import State, Update
from stream_service.playbook.selection import word


async def draft(state: State, runtime: Runtime[Context]) -> Update:
    """Word the strategy: the model's draft where the strategy is the model's, a new one of it where
    the playbook overruled it or it drafts by a call of its own, else the playbook's wording.

    The draft is empty where the playbook has no wording in the customer's language.
    """
    context, reading = runtime.context, state["reading"]
    analysis = with_outlook(state, context.playbook)
    choice = state.get("choice") or chosen_for(state, context)
    language = context.playbook.reply_language(state["analysis"].language)
    pattern = None if language is None else word(choice.strategy, case_of(state), context.playbook)
    update: Update = {"choice": choice, "analysis": analysis}
    text = pattern
    if pattern and language and choice.strategy.allow_model_draft:
        if choice.from_model and reading.draft:
            text = reading.draft.strip()
        elif context.drafter is not None and _is_the_models(reading):
            commission = Commission(
                feedback=state["feedback"],
                language=language,
                strategy=choice.strategy.id,
                pattern=pattern,
                findings=(f"category: {state['analysis'].category}",),
            )
            drafted = await context.drafter.draft(commission)
            text = drafted.text or pattern
            update["draft_usage"] = drafted.usage
            if drafted.notes:
                notes = (*analysis.notes, *drafted.notes)
                update["analysis"] = analysis.model_copy(update={"notes": notes})
    update["draft"] = DraftArguments(
        text=text or "",
        language=language or state["analysis"].language,
        strategy=choice.strategy.id,
    )
    return update


def _is_the_models(reading: Reading) -> bool:
    # What the model could not read it cannot answer; "other" goes to a person, who words it, and a
    # model that was brought to tell its prompt is not asked again.
    return (
        reading.analyst == "llm"
        and reading.degraded_reason is None
        and reading.category.value is not Category.OTHER
        and PROMPT_ECHO not in reading.notes
    )
