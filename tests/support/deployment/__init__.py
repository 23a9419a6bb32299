"""What stands in deploy/ and docker-compose.yml, read and run as an operator's tools would."""
