"""What happens now, for whoever watches."""
