"""All that the pages say, in every language of the interface."""
