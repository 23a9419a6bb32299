"""``stream-service playbook check``: whether a playbook can be used, and what is odd about it."""

from pathlib import Path

from rich.console import Console

from stream_service.commands.display.plain_text import one_line
from stream_service.playbook import load_playbook
from stream_service.playbook.lint import suspicions
from stream_service.settings import Settings

EXIT_GOOD, EXIT_SUSPICIOUS = 0, 1


def check_playbook(settings: Settings, path: Path | None) -> int:
    """Check the playbook at ``path``, or the one that the settings name; return the exit code.

    Raises PlaybookError for one that cannot be used.
    """
    playbook = load_playbook(path or settings.playbook.path)
    console = Console(markup=False, highlight=False, soft_wrap=True)
    found = suspicions(playbook)
    for suspicion in found:
        console.print(one_line(suspicion))
    intents = len(playbook.intents)
    strategies = sum(len(own) for own in dict(playbook.file.strategies).values())
    console.print(
        one_line(
            f"version {playbook.version}: {strategies} strategies, {intents} intents, "
            f"languages {', '.join(playbook.file.languages)}; "
            + (f"{len(found)} to look at" if found else "nothing odd")
        )
    )
    return EXIT_SUSPICIOUS if found else EXIT_GOOD
