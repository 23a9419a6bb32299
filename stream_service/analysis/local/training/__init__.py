"""Making the weights of the classifiers; nothing of it runs in the service."""
