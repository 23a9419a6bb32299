"""What a business owner edits: reply strategies, escalation rules, wording and limits."""
