"""The command line repeats the simulator's choices, so that --help imports none of it."""

from stream_service import cli
from stream_service.devkit import llm_simulator


def test_the_choices_are_those_of_the_simulator() -> None:
    assert [*cli.LatencyShape] == [one.value for one in llm_simulator.LatencyShape]
    assert [*cli.StructuredOutput] == [one.value for one in llm_simulator.StructuredOutput]
