"""The command line repeats the simulator's choices, so that --help imports none of it."""

from stream_service.cli import development
from stream_service.devkit import llm_simulator


def test_the_choices_are_those_of_the_simulator() -> None:
    assert [*development.LatencyShape] == [one.value for one in llm_simulator.LatencyShape]
    assert [*development.StructuredOutput] == [one.value for one in llm_simulator.StructuredOutput]
