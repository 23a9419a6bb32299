"""The content policy: nothing comes from another host, and no script runs that is not ours.

NiceGUI compiles its templates in the browser, which needs ``unsafe-eval``; every script in the page
itself carries a nonce, so that markup that found its way in would run nothing.
"""

import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not no-referrer: a form of ours would be sent without its origin, which is checked.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


def content_policy(nonce: str) -> str:
    """The header's value for a page whose scripts carry ``nonce``."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            # Components set styles on elements; a style cannot act.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class ContentPolicy:
    """An ASGI layer that gives every page its policy, and its scripts their nonce."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the policy on what is HTML."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        chunks: list[bytes] = []

        async def send_page(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_html(message):
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                await _send_whole(send, held, b"".join(chunks))

        await self._app(scope, receive, send_page)


async def _send_whole(send: Send, start: Message, page: bytes) -> None:
    nonce = secrets.token_urlsafe(16)
    # NiceGUI escapes each "<" in what a page holds: only its own tags are found.
    page = page.replace(b"<script", f'<script nonce="{nonce}"'.encode())
    headers = [
        (name, value)
        for name, value in start["headers"]
        if name.lower() not in {b"content-length", b"content-security-policy"}
    ]
    headers += [
        (b"content-length", str(len(page)).encode()),
        (b"content-security-policy", content_policy(nonce).encode()),
    ]
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": page})


def _is_html(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in start["headers"]
    )
