"""The contracts as documents: a JSON Schema for each record, and AsyncAPI for the whole."""
