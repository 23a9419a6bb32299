"""Tokens of an identity provider, for SASL's OAUTHBEARER."""
