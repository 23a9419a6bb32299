"""What reviewers and operators do, on its way to Kafka: written first, then published."""
