"""The console: feedback in; status, reviews and dead letters out, over HTTP and from a database."""
