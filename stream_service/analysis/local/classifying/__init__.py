"""What a text is: its category, a question's intent and likeness to known ones, its urgency."""
