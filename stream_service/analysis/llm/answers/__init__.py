"""What the model answered: read, checked, and how sure of it one may be."""
