"""What an operator deploys beside the service. No part of the installed package."""
