"""The console's services over HTTP."""
