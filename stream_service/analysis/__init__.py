"""Who reads the text: the language model, or the local analyst. Knows only contracts."""
