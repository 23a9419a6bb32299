"""The judgement: state, nodes, routing and build of the LangGraph graph."""

from stream_service.graph.build import build_graph
from stream_service.graph.context import Context
from stream_service.graph.errors import VerdictMissing
from stream_service.graph.judge import GraphJudge

__all__ = ["Context", "GraphJudge", "VerdictMissing", "build_graph"]
