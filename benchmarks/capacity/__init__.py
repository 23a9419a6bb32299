"""What one worker can do, and what two can."""
