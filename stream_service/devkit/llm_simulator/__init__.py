"""An OpenAI-compatible endpoint over a real socket, with no model behind it: a simulator.

For tests, load tests and benchmarks. It takes non-streaming chat completions, judges the customer's
text by cue words, answers in the form that is asked for, and fails as it is told to.
"""

from stream_service.devkit.llm_simulator.behaviour import (
    Behaviour,
    LogprobSupport,
    StructuredOutput,
)
from stream_service.devkit.llm_simulator.faults import Fault
from stream_service.devkit.llm_simulator.latency import Latency, LatencyShape
from stream_service.devkit.llm_simulator.process import SimulatorProcess
from stream_service.devkit.llm_simulator.simulator import LlmSimulator
from stream_service.devkit.llm_simulator.traffic import ReceivedRequest, Traffic

__all__ = [
    "Behaviour",
    "Fault",
    "Latency",
    "LatencyShape",
    "LlmSimulator",
    "LogprobSupport",
    "ReceivedRequest",
    "SimulatorProcess",
    "StructuredOutput",
    "Traffic",
]
