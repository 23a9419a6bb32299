"""The pages themselves, a module each."""
