"""What each topic's record says, as rows."""
