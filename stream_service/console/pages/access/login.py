"""The log-in page: plain HTML without a script, for somebody who is not known yet."""

from collections.abc import Collection
from html import escape
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stream_service.console.errors import DatabaseUnavailable
from stream_service.console.gateway.bodies import FORM, read_body
from stream_service.console.pages import languages
from stream_service.console.pages.access.sessions import COOKIE
from stream_service.console.pages.access.visitor import PageAccess, cookies_of
from stream_service.console.pages.appearance import STYLES, THEME_COOKIE
from stream_service.console.pages.languages import Language, language_of
from stream_service.console.pages.texts.frame import FRAME
from stream_service.console.pages.texts.login import LOGIN

LOGIN_PATH = "/login"
LOGOUT_PATH = "/logout"

_COMMAND = "stream-service console token create --name … --role reviewer"

_AGAIN_S = 5
"""From one try to the next while nobody can be recognised."""

_BODY_BYTES = 4_096
"""A token and a path, with much room."""


class Login:
    """Logs people in and out."""

    def __init__(self, access: PageAccess, paths: Collection[str]) -> None:
        self._access = access
        self._paths = frozenset(paths)

    def ask(self, request: Request) -> Response:
        """The form."""
        wanted = request.query_params.get("language", "")
        language = Language(wanted) if wanted in set(Language) else _language(request)
        response = self._form(language, request, self._next(request.query_params.get("next")))
        if wanted == language.value:
            response.set_cookie(
                languages.COOKIE, wanted, max_age=31_536_000, samesite="strict", path="/"
            )
        return response

    async def log_in(self, request: Request) -> Response:
        """Begin a session, or show the form again with what is wrong. Raises Problem."""
        body = await read_body(request, _BODY_BYTES, FORM)
        fields = parse_qs(body.decode("utf-8", "replace"))
        token = fields.get("token", [""])[0].strip()
        target = self._next(fields.get("next", [None])[0])
        language = _language(request)
        try:
            principal = await self._access.token_principal(token)
        except DatabaseUnavailable:
            return self._form(
                language, request, target, problem=LOGIN[language].unavailable, status=503
            )
        if principal is None:
            return self._form(language, request, target, problem=LOGIN[language].wrong, status=401)
        response = RedirectResponse(target, 303)
        response.set_cookie(
            COOKIE,
            self._access.sessions.begin(token),
            path="/",
            httponly=True,
            samesite="strict",
            secure=_is_encrypted(request),
        )
        return response

    def log_out(self, request: Request) -> Response:
        """End the session."""
        name = cookies_of(request.headers).get(COOKIE)
        if name is not None:
            self._access.sessions.end(name)
        response = RedirectResponse(LOGIN_PATH, 303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def send_away(self, request: Request) -> Response:
        """Somebody unknown wants to see a page."""
        target = self._next(request.url.path)
        if request.headers.get("sec-fetch-site") == "cross-site":
            # A link on another site: the browser keeps a strict cookie back. Asked for by a page of
            # ours it sends it.
            return HTMLResponse(
                f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(target)}">'
            )
        return RedirectResponse(f"{LOGIN_PATH}?{urlencode({'next': target})}", 303)

    def ask_again_soon(self, request: Request) -> Response:
        """Nobody can be recognised now: the database is away. The page tries again by itself."""
        language = _language(request)
        frame = FRAME[language]
        return HTMLResponse(
            _document(
                request,
                language,
                frame.product,
                f"""<section class="panel login-form">
<h1>{escape(frame.product)}</h1>
<p class="problem" role="alert">{escape(frame.database_away)}</p>
</section>""",
                head=f'<meta http-equiv="refresh" content="{_AGAIN_S}">',
            ),
            503,
            headers={"cache-control": "no-store", "retry-after": str(_AGAIN_S)},
        )

    def _next(self, path: str | None) -> str:
        # Nothing but a page of ours: a link must not lead through the log-in to somewhere else.
        return path if path in self._paths else "/"

    def _form(
        self,
        language: Language,
        request: Request,
        target: str,
        *,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        texts, frame = LOGIN[language], FRAME[language]
        other = next(one for one in Language if one is not language)
        switch = URL(LOGIN_PATH).include_query_params(language=other.value, next=target)
        hint = escape(texts.hint).replace("{command}", f"<code>{escape(_COMMAND)}</code>")
        invalid = "" if problem is None else ' aria-invalid="true"'
        told = "" if problem is None else f'<p class="problem" role="alert">{escape(problem)}</p>'
        form = f"""<form method="post" action="{LOGIN_PATH}" class="panel login-form">
<h1>{escape(frame.product)}</h1>
{told}
<label for="token">{escape(texts.token)}</label>
<input id="token" name="token" type="password" autocomplete="current-password"
 autocapitalize="off" spellcheck="false" required autofocus aria-describedby="hint"{invalid}>
<input type="hidden" name="next" value="{escape(target)}">
<p id="hint" class="muted">{hint}</p>
<button type="submit">{escape(texts.log_in)}</button>
<a href="{escape(str(switch))}" lang="{other.value}">{escape(texts.other_language)}</a>
</form>"""
        title = f"{texts.title} · {frame.product}"
        return HTMLResponse(
            _document(request, language, title, form),
            status,
            headers={"cache-control": "no-store"},
        )


def _document(
    request: Request, language: Language, title: str, body: str, *, head: str = ""
) -> str:
    """A page without a script; ``body`` and ``head`` are HTML."""
    theme = cookies_of(request.headers).get(THEME_COOKIE, "auto")
    body_class = {"dark": "body--dark", "light": "body--light"}.get(theme, "body--auto")
    return f"""<!doctype html>
<html lang="{language.value}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
<title>{escape(title)}</title>
<link rel="icon" href="/favicon.ico">
<style>{STYLES}</style>
</head>
<body class="login {body_class}">
<main>
{body}
</main>
</body>
</html>"""


def _language(request: Request) -> Language:
    return language_of(cookies_of(request.headers), request.headers.get("accept-language", ""))


def _is_encrypted(request: Request) -> bool:
    # The word of a proxy that need not be trusted: who lies to us has his own cookie kept back.
    return "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "")}
