"""What the model is asked: the prompt, and the customer's text in it, masked and shortened."""
