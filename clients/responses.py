"""What every answer of both apps has in common."""

from flask import Flask, Response

_STRICT = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
MAX_BODY = 64 * 1024


def see_other(url: str) -> Response:
    """303: go there, with a GET (RFC 9700 4.12)."""
    return Response(status=303, headers={"Location": url})


def harden(app: Flask, policy: str = "") -> None:
    """No script, no frame, nothing from elsewhere, nothing kept by a cache; `policy` goes at the end of the CSP."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    content_security = f"{_STRICT}; {policy}" if policy else _STRICT

    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Cookie"
        response.headers["Content-Security-Policy"] = content_security
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    app.after_request(add_headers)
