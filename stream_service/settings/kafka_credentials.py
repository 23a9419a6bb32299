"""Whether the credentials for Kafka that are given are those that its security protocol uses.

A password beside a protocol that sends none would be silently left out, and the operator would
believe the connection guarded.
"""

from typing import Any

_BY_PASSWORD = ("sasl_username", "sasl_password")
_BY_TOKEN = ("oauth_token_url", "oauth_client_id", "oauth_client_secret")
_MORE_OF_TOKENS = ("oauth_scope", "oauth_audience", "oauth_ca_file")
_OF_TLS = ("ssl_ca_file", "ssl_certificate_file", "ssl_key_file", "ssl_key_password")


def credentials_fault(kafka: Any) -> str | None:
    """What is missing or of no use in the settings of the group ``kafka``, in words; or None."""
    protocol: str = kafka.security_protocol
    needed: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    reason = f"kafka.security_protocol={protocol}"
    if "SASL" not in protocol:
        unused += (*_BY_PASSWORD, *_BY_TOKEN, *_MORE_OF_TOKENS)
    elif kafka.sasl_mechanism == "OAUTHBEARER":
        needed, unused = _BY_TOKEN, _BY_PASSWORD
        reason += " with kafka.sasl_mechanism=OAUTHBEARER"
    else:
        needed, unused = _BY_PASSWORD, (*_BY_TOKEN, *_MORE_OF_TOKENS)
        reason += f" with kafka.sasl_mechanism={kafka.sasl_mechanism}"
    if "SSL" not in protocol:
        unused += _OF_TLS
    missing = [f"kafka.{name}" for name in needed if getattr(kafka, name) is None]
    if missing:
        return f"{reason} needs {' and '.join(missing)}"
    useless = [f"kafka.{name}" for name in unused if getattr(kafka, name) is not None]
    if useless:
        return f"{reason} makes no use of {' and '.join(useless)}: is the protocol right?"
    if kafka.ssl_certificate_file is None and (kafka.ssl_key_file or kafka.ssl_key_password):
        return "kafka.ssl_key_file and kafka.ssl_key_password need kafka.ssl_certificate_file"
    return None
