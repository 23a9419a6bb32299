"""For developers and testers: an embedded Kafka, sample feedback. Not for production."""
