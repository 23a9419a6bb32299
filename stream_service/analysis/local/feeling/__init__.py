"""How good or bad a text is, over all and by aspect."""
