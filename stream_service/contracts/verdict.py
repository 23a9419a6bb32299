"""What a judge makes of an event."""

from stream_service.contracts.reply import Reply
from stream_service.contracts.review import ReviewItem

Verdict = Reply | ReviewItem
"""A reply that may go by itself, or an item for a person."""
