"""When a person must look: one small rule a reason."""

from stream_service.playbook.escalation.rules import RULES, review_priority, review_reasons

__all__ = ["RULES", "review_priority", "review_reasons"]
