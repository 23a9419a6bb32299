"""draft: what the reply would say."""

from langgraph.runtime import Runtime

from stream_service.contracts.review import DraftArguments
from stream_service.graph.context import Context
from stream_service.graph.nodes.choosing import case_of, chosen_for
from stream_service.graph.state import State, Update
from stream_service.playbook.selection import word


async def draft(state: State, runtime: Runtime[Context]) -> Update:
    """Word the strategy: the model's draft where the strategy is the model's, else the playbook's.

    The draft is empty where the playbook has no wording in the customer's language.
    """
    context, reading = runtime.context, state["reading"]
    choice = state.get("choice") or chosen_for(state, context)
    language = context.playbook.reply_language(state["analysis"].language)
    text: str | None = None
    if language is not None:
        if choice.from_model and choice.strategy.allow_model_draft and reading.draft:
            text = reading.draft.strip()
        text = text or word(choice.strategy, case_of(state), context.playbook)
    return {
        "choice": choice,
        "draft": DraftArguments(
            text=text or "",
            language=language or state["analysis"].language,
            strategy=choice.strategy.id,
        ),
    }
