"""What is not asked for is not imported."""

import subprocess
import sys


def test_without_a_language_model_its_client_is_not_imported() -> None:
    # Importing it takes about a second.
    code = "import sys, stream_service.worker; print('openai' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.strip() == "False"
