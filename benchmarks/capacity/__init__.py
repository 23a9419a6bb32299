"""What one worker can do, what two can, and where the time of one goes."""
