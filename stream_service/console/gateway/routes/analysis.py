"""The judgement at once."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request

from stream_service.console.analyzing import Analyzer, batch_totals
from stream_service.console.gateway.bodies import read_object, read_rows
from stream_service.console.gateway.problems import Problem
from stream_service.console.gateway.requests import WITH_BODY, Console, Publisher, problems
from stream_service.console.gateway.routes.feedback import BATCH_BODY, EVENT_BODY
from stream_service.console.gateway.shapes import (
    AnalysisTotals,
    BatchVerdicts,
    RowVerdict,
    VerdictAnswer,
)
from stream_service.console.services import Services
from stream_service.contracts.reply import Reply
from stream_service.contracts.verdict import Verdict

router = APIRouter(tags=["analysis"])

_MAX_ROWS = 200
"""Somebody waits for the answer: with a language model this takes a minute."""


@router.post("/v1/analyze", responses=problems(*WITH_BODY), openapi_extra=EVENT_BODY)
async def post_analyze(request: Request, console: Console, _: Publisher) -> VerdictAnswer:
    """Judge one piece of feedback and publish nothing."""
    verdict = await _analyzer(console).analyze(await read_object(request))
    return VerdictAnswer(outcome=_outcome(verdict), verdict=_document(verdict))


@router.post("/v1/analyze/batch", responses=problems(*WITH_BODY), openapi_extra=BATCH_BODY)
async def post_analyze_batch(request: Request, console: Console, _: Publisher) -> BatchVerdicts:
    """Judge up to 200 pieces, with totals; nothing is published."""
    analyzer = _analyzer(console)
    rows, _body = await read_rows(request, _MAX_ROWS)
    analysed = await analyzer.analyze_batch(rows)
    return BatchVerdicts(
        totals=AnalysisTotals(**asdict(batch_totals(analysed))),
        rows=[
            RowVerdict(
                row=row.row,
                status=row.status,
                outcome=None if row.verdict is None else _outcome(row.verdict),
                verdict=None if row.verdict is None else _document(row.verdict),
                field=row.field,
                detail=row.detail,
            )
            for row in analysed
        ],
    )


def _analyzer(console: Services) -> Analyzer:
    if console.analyzer is None:
        raise Problem(
            "unavailable",
            "this console does not judge; start it with console.analyze=true",
            retry_after_s=60,
        )
    return console.analyzer


def _outcome(verdict: Verdict) -> str:
    return "reply" if isinstance(verdict, Reply) else "review"


def _document(verdict: Verdict) -> dict[str, object]:
    return verdict.model_dump(mode="json", exclude_none=True)
