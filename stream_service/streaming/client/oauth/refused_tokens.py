"""A token that the broker refuses, told to aiokafka as a failed authentication.

The broker answers a token that it does not take with a reason and no error code, and expects a last
word from the client before it says no (RFC 7628, section 3.2.3). aiokafka does not look at the
reason and takes the connection for authenticated; the next answer on it is empty, as of a cluster
without brokers, and a client waits for ever for brokers to appear.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from aiokafka.conn import OAuthAuthenticator
from aiokafka.errors import SaslAuthenticationFailed

_MARK = "_tells_of_refused_tokens"


def tell_of_refused_tokens() -> None:
    """From now on every aiokafka connection of this process fails when its token is refused."""
    authenticator = cast(Any, OAuthAuthenticator)
    if getattr(authenticator, _MARK, False):
        return
    authenticator.step = _telling(authenticator.step)
    setattr(authenticator, _MARK, True)


def _telling(step: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(step)
    async def told(authenticator: Any, payload: bytes | None) -> Any:
        if payload:
            raise SaslAuthenticationFailed("the token was refused")
        return await step(authenticator, payload)

    return told
