"""What is not asked for is not imported."""

import subprocess
import sys


def test_without_tracing_neither_its_spans_nor_its_exporter_are_imported() -> None:
    code = """
import sys
from stream_service.observe.logs import configure_logs
from stream_service.settings import load_settings
from stream_service.worker import observation_options, run_worker
configure_logs("info", "json")
assert observation_options(load_settings()).tracing is None
found = ("opentelemetry.exporter", "stream_service.observe.tracing.")
print(sorted(name for name in sys.modules if name.startswith(found)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.strip() == "['stream_service.observe.tracing.options']"


def test_without_a_language_model_its_client_is_not_imported() -> None:
    # Importing it takes about a second.
    code = "import sys, stream_service.worker; print('openai' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.strip() == "False"
