"""The customer look-up by HTTP."""

from stream_service.graph.customers.http_directory import HttpCustomerDirectory, LookupOptions

__all__ = ["HttpCustomerDirectory", "LookupOptions"]
