"""Somebody with a browser without JavaScript: opens pages, fills in forms, follows redirects, keeps cookies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests
from lxml import html
from werkzeug.test import Client

from idp.engine.http import WsgiApp


@dataclass(frozen=True, slots=True)
class Page:
    """What the visitor looks at. `url` is the path with its query, or the whole address outside the provider."""

    visitor: "Browser"
    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query's names and values."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def tree(self) -> html.HtmlElement:
        """The parsed page."""
        return html.fromstring(self.text)

    @property
    def words(self) -> str:
        """The visible text, white space folded."""
        return " ".join(self.tree.text_content().split())

    @property
    def heading(self) -> str:
        """The one <h1>."""
        (found,) = self.tree.cssselect("h1")
        return " ".join(found.text_content().split())

    def problem(self, name: str) -> str:
        """What the page says is wrong with a field; "" = nothing."""
        return " ".join(part.text_content().strip() for part in self.tree.cssselect(f"#{name}-problem"))

    def select(self, css: str) -> list[html.HtmlElement]:
        """The elements that a CSS selector finds."""
        return list(self.tree.cssselect(css))

    def submit(self, fields: Mapping[str, str] | None = None, *, button: str = "", form: str = "") -> "Page":
        """Fill in and send a form: the one that holds the fields and the button, or the one with action `form`.

        `button` is "name=value" of the button pressed. What the page filled in stays (hidden fields too).
        """
        fields = dict(fields or {})
        name, _, value = button.partition("=")
        chosen = self._form(set(fields) | ({name} if name else set()), form)
        values = dict(chosen.form_values()) | fields
        if name:
            values[name] = value
        action = urljoin(self.url, chosen.get("action") or self.url)
        if (chosen.get("method") or "get").lower() == "get":
            return self.visitor.open(f"{action}?{urlencode(values)}")
        return self.visitor.post(action, values)

    def _form(self, names: set[str], action: str) -> Any:
        for form in self.tree.forms:
            held = {element.get("name") for element in form.cssselect("input, select, textarea, button")}
            if names <= held and (not action or urlsplit(form.get("action") or self.path).path == action):
                return form
        raise AssertionError(f"no form with {sorted(names)} {action} on {self.url}:\n{self.text}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one request; `url` is the address asked for."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str


class Browser:
    """Keeps cookies and follows redirects; how a request travels is the subclass's matter."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def open(self, url: str, **more: Any) -> Page:
        """GET a page; redirects are followed as long as they stay here."""
        return self._follow(self.send("GET", url, **more))

    def post(self, url: str, fields: Mapping[str, Any], **more: Any) -> Page:
        """POST a form as it is, without looking at a page first."""
        return self._follow(self.send("POST", url, data=dict(fields), **more))

    def ask(self, method: str, url: str, **more: Any) -> Page:
        """One request, no redirect followed."""
        return self._page(self.send(method, url, **more))

    def send(self, method: str, url: str, **more: Any) -> Answer:
        """One request and its answer; `url` is a path or an address of the provider."""
        raise NotImplementedError

    def _follow(self, answer: Answer) -> Page:
        for _ in range(10):
            if answer.status not in (301, 302, 303, 307, 308):
                return self._page(answer)
            to = urljoin(answer.url, answer.headers["Location"])
            if not to.startswith(self.base_url + "/"):
                return Page(self, to, answer.status, answer.headers, "")
            answer = self.send("GET", to)
        raise AssertionError(f"redirected without end, last to {answer.headers['Location']}")

    def _page(self, answer: Answer) -> Page:
        return Page(self, answer.url.removeprefix(self.base_url), answer.status, answer.headers, answer.text)


class Visitor(Browser):
    """A browser on a provider in this process. `address` is where it sits on the network."""

    def __init__(self, wsgi: WsgiApp, base_url: str = "http://localhost", address: str = "127.0.0.1") -> None:
        super().__init__(base_url)
        self._client, self._address = Client(wsgi), address

    def send(self, method: str, url: str, **more: Any) -> Answer:
        """One request, answered in this thread."""
        answer = self._client.open(
            url.removeprefix(self.base_url),
            method=method,
            base_url=self.base_url,
            environ_overrides={"REMOTE_ADDR": self._address},
            follow_redirects=False,
            **more,
        )
        asked = urljoin(self.base_url, url)
        return Answer(asked, answer.status_code, answer.headers, answer.get_data().decode("utf-8", "replace"))

    def cookie(self, name: str) -> str | None:
        """The value of a cookie of this browser."""
        found = self._client.get_cookie(name, domain=urlsplit(self.base_url).hostname or "localhost")
        return found.value if found else None

    def set_cookie(self, name: str, value: str) -> None:
        """Plant a cookie."""
        self._client.set_cookie(name, value, domain=urlsplit(self.base_url).hostname or "localhost")


class Caller(Browser):
    """A browser on a provider behind a real socket."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.session = requests.Session()

    def send(self, method: str, url: str, **more: Any) -> Answer:
        """One request over the network."""
        asked = urljoin(self.base_url + "/", url)
        answer = self.session.request(method, asked, allow_redirects=False, timeout=30, **more)
        return Answer(asked, answer.status_code, answer.headers, answer.text)


def sign_in_at_home(browser: Browser, home: Mapping[str, Any], child: Mapping[str, Any], start: str = "/thuis") -> Page:
    """From the e-mail form at `start` to where a child of this home (of /demo.json) ends up."""
    page = browser.open(start).submit({"email": home["email"], "password": home["password"]})
    if page.path != "/thuis/kind":
        return page
    page = page.submit(button=f"pupil={child['pupil']}")
    if child["method"] == "pin":
        return page.submit({"pin": child["secret"]})
    return page.submit(button=f"picture={child['secret']}") if child["method"] == "picture" else page
