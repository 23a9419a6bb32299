"""How well judgements agree with labels that people gave."""
