"""The topics as tables: what is read is stored with its offsets, in one transaction."""
