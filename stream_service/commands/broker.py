"""``stream-service broker``: an embedded Kafka in the foreground."""
