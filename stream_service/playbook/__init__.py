"""What a business owner edits: reply strategies, escalation rules, wording and limits."""

from stream_service.playbook.case import Case
from stream_service.playbook.errors import PlaybookError
from stream_service.playbook.load import load_playbook, read_playbook
from stream_service.playbook.playbook import Playbook

__all__ = ["Case", "Playbook", "PlaybookError", "load_playbook", "read_playbook"]
