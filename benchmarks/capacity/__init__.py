"""What one worker can do, what two can, and where the CPU of one goes."""
