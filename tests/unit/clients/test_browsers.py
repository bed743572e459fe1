"""A browser's cookie, and the token that its forms carry."""

from flask import Flask, Response, request

from clients.browsers import BrowserCookie, fingerprint, form_is_own, form_token, new_value

COOKIE = BrowserCookie("pub_blink", "/blink/", secure=False)


def test_the_cookie_is_for_this_app_alone_and_not_for_scripts() -> None:
    response = Response()
    COOKIE.give(response, new_value())
    (header,) = response.headers.getlist("Set-Cookie")
    assert header.startswith("pub_blink=")
    assert "Path=/blink/" in header
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Secure" not in header
    assert "Expires" not in header


def test_on_https_it_is_secure() -> None:
    response = Response()
    BrowserCookie("pub_blink", "/blink/", secure=True).give(response, new_value())
    assert "Secure" in response.headers["Set-Cookie"]


def test_what_we_never_gave_is_no_cookie() -> None:
    app = Flask(__name__)
    for value, known in ((new_value(), True), ("short", False), ("", False), ("x" * 4000, False)):
        with app.test_request_context("/blink/", headers={"Cookie": f"pub_blink={value}"}):
            assert (COOKIE.read(request) is not None) is known
    with app.test_request_context("/blink/"):
        assert COOKIE.read(request) is None


def test_a_form_is_own_only_on_the_browser_that_it_was_made_for() -> None:
    mine, other = new_value(), new_value()
    assert form_is_own(mine, form_token(mine))
    assert not form_is_own(mine, form_token(other))
    assert not form_is_own(mine, "")
    assert not form_is_own(None, form_token(mine))
    assert not form_is_own(mine, "é")
    assert mine not in form_token(mine)
    assert len(fingerprint(mine)) == 32
