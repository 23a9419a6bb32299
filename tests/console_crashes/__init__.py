"""``python -m tests.console_crashes``: consoles killed in the middle of decisions, many times."""
