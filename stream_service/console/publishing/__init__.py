"""Publishing for people who do not touch Kafka."""
