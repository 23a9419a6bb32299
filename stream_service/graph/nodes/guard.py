"""guard: whether the draft may go by itself."""

from dataclasses import replace
from functools import partial

from langgraph.runtime import Runtime

from stream_service.contracts.review import DraftArguments, ReviewReason
from stream_service.graph.context import Context
from stream_service.graph.nodes.choosing import case_of
from stream_service.graph.state import State, Update
from stream_service.playbook.case import Case
from stream_service.playbook.escalation import review_reasons
from stream_service.playbook.guard import draft_faults
from stream_service.playbook.playbook import Playbook
from stream_service.playbook.selection import Choice, word


async def guard(state: State, runtime: Runtime[Context]) -> Update:
    """Check the draft and every escalation rule.

    A faulty draft goes to a person, who is shown the playbook's own wording in its place: a draft
    with a foreign link must not be one click away from the customer.
    """
    context = runtime.context
    proposal, choice = state["draft"], state["choice"]
    work = partial(_judge, case_of(state), proposal, choice, context.playbook)
    case, safe, reasons = await context.pool.run(len(state["event"].text), work)
    return {"case": case, "draft": safe, "reasons": reasons}


def _judge(
    case: Case, proposal: DraftArguments, choice: Choice, playbook: Playbook
) -> tuple[Case, DraftArguments, tuple[ReviewReason, ...]]:
    if playbook.reply_language(case.analysis.language) is not None:
        faults = draft_faults(proposal.text, proposal.language, playbook, _told(case))
        if faults:
            case = replace(case, draft_faults=faults)
            text = _safe_wording(case, choice, playbook)
            proposal = proposal.model_copy(update={"text": text})
    return case, proposal, review_reasons(case, playbook)


def _safe_wording(case: Case, choice: Choice, playbook: Playbook) -> str:
    for bare in (False, True):
        text = word(choice.strategy, case, playbook, bare=bare)
        if text and not draft_faults(text, _language(case, playbook), playbook, _told(case)):
            return text
    return ""


def _told(case: Case) -> str:
    return f"{case.event.product or ''} {case.text}"


def _language(case: Case, playbook: Playbook) -> str:
    return playbook.reply_language(case.analysis.language) or case.analysis.language
