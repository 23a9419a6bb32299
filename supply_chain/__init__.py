"""What is installed beside our own code: known weaknesses, licences."""
