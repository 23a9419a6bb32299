"""What the gateway carries: posts, batches, pages and live views."""
