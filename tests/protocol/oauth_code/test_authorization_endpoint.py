"""RFC 6749 section 4.1.1 and 4.1.2, RFC 9700 section 2.1: what /authorize takes, and where it never sends anybody."""

from urllib.parse import quote, urlencode

import pytest

from tests.protocol.party import Party, answer_of
from tests.site import PUBLISHER, Site, registration
from tests.visitor import Caller, Page

REGISTERED = f"https://{PUBLISHER}.example/callback"


def is_local_error(page: Page) -> bool:
    """A 400 page of ours with a support code, and no redirect."""
    return page.status == 400 and "Location" not in page.headers and len(page.select("code[data-support]")) == 1


@pytest.mark.parametrize(
    "uri",
    [
        f"{REGISTERED}/extra",
        f"{REGISTERED}?x=1",
        f"{REGISTERED}#x",
        f"{REGISTERED}/",
        REGISTERED.upper(),
        REGISTERED.replace("callback", "%63allback"),
        f"https://{PUBLISHER}.example/x/%2e%2e/callback",
        REGISTERED.replace("/callback", "\\callback"),
        REGISTERED.replace("https://", "https://evil@"),
        REGISTERED.replace(".example", ".example:8443"),
        REGISTERED.replace("https://", "http://"),
        REGISTERED.replace("example", "xn--exmple-cua"),
        REGISTERED.replace("example", "exämple"),
        REGISTERED + '"><script>',
        f" {REGISTERED}",
        "javascript:alert(1)",
        "//evil.example/callback",
    ],
)
def test_b01_a_redirect_uri_is_compared_as_a_whole_string(party: Party, uri: str) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url(redirect_uri=uri))
    assert is_local_error(page), page.text


def test_b02_another_clients_redirect_uri_is_a_local_error(party: Party) -> None:
    party.site.register(registration("other-publisher"))
    url = party.authorize_url(redirect_uri="https://other-publisher.example/callback")
    assert is_local_error(Caller(party.site.issuer).open(url))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": 'é"<>\x00'},
        {"redirect_uri": None},
        {"client_id": "nobody", "response_type": "rubbish", "prompt": "rubbish", "scope": "\x00"},
        {"redirect_uri": None, "response_type": None, "code_challenge": None},
    ],
)
def test_b03_without_a_known_client_and_its_uri_nothing_is_sent_anywhere(
    party: Party, changes: dict[str, str | None]
) -> None:
    assert is_local_error(Caller(party.site.issuer).open(party.authorize_url(**changes)))


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "code_challenge", "prompt", "max_age", "response_type"])
def test_b04_any_parameter_twice_is_an_error_told_to_the_client(party: Party, name: str) -> None:
    url = party.authorize_url(max_age="60", prompt="login") + f"&{name}=again"
    answer = answer_of(Caller(party.site.issuer).open(url))
    assert (answer["error"], answer["iss"]) == ("invalid_request", party.site.issuer)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_b04_a_doubled_client_or_uri_is_a_local_error(party: Party, name: str) -> None:
    url = party.authorize_url() + f"&{name}={quote(party.parameters()[name], safe='')}"
    assert is_local_error(Caller(party.site.issuer).open(url))


@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        (None, "invalid_request"),
        ("", "invalid_request"),
        ("token", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("id_token token", "unsupported_response_type"),
        ("code token", "unsupported_response_type"),
        ('é"', "unsupported_response_type"),
    ],
)
def test_b13_only_the_code_flow(party: Party, response_type: str | None, error: str) -> None:
    page = party.browser().open(party.authorize_url(response_type=response_type))
    answer = answer_of(page)
    assert (answer["error"], answer["state"]) == (error, "state-of-this-test")


def test_b14_every_answer_says_who_it_comes_from(party: Party) -> None:
    browser = party.browser()
    assert answer_of(browser.open(party.authorize_url()))["iss"] == party.site.issuer
    assert answer_of(browser.open(party.authorize_url(prompt="rubbish")))["iss"] == party.site.issuer
    assert party.metadata["authorization_response_iss_parameter_supported"] is True


def test_b16_no_other_origin_may_read_the_authorization_endpoint(party: Party) -> None:
    page = Caller(party.site.issuer).ask("GET", party.authorize_url(), headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in page.headers


@pytest.mark.parametrize("name", ["state", "nonce"])
@pytest.mark.parametrize("value", ['"><script>alert(1)</script>', "spatie en é漢字🙂", "%00%0d%0a", "x" * 2048])
def test_b32_state_and_nonce_come_back_byte_for_byte(party: Party, name: str, value: str) -> None:
    from_answer = answer_of(party.browser().open(party.authorize_url(**{name: value})))
    if name == "state":
        assert from_answer["state"] == value
    else:
        tokens = party.redeem(from_answer["code"]).json()
        assert party.claims(tokens)["nonce"] == value


@pytest.mark.parametrize("name", ["state", "nonce"])
def test_b32_what_is_too_long_to_echo_is_refused_and_not_cut(party: Party, name: str) -> None:
    answer = answer_of(Caller(party.site.issuer).open(party.authorize_url(**{name: "x" * 2049})))
    assert answer["error"] == "invalid_request"
    assert answer.get("state") in (None, "state-of-this-test")


def test_an_empty_value_is_absent_and_unknown_parameters_are_ignored(party: Party) -> None:
    url = party.authorize_url(prompt="", max_age="") + "&unknown=1&unknown=2"
    assert "code" in answer_of(party.browser().open(url))


def test_unknown_scopes_are_dropped_and_the_answer_says_what_was_granted(party: Party) -> None:
    tokens = party.signed_in(scope="openid profile unicorn")
    assert tokens["scope"] == "openid profile"


def test_a_scope_without_openid_is_plain_oauth(party: Party) -> None:
    tokens = party.signed_in(scope="profile")
    assert "id_token" not in tokens
    assert party.userinfo(tokens["access_token"]).status_code == 403


def test_a_posted_request_works_like_a_got_one(party: Party) -> None:
    page = party.browser().post(party.metadata["authorization_endpoint"], party.parameters())
    assert "code" in answer_of(page)


def test_a_posted_request_with_a_wrong_uri_is_a_local_error(party: Party) -> None:
    form = party.parameters(redirect_uri="https://evil.example/")
    assert is_local_error(Caller(party.site.issuer).post(party.metadata["authorization_endpoint"], form))


def test_annuleren_tells_the_client(party: Party) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url())
    answer = answer_of(page.submit(button="cancel=yes"))
    assert (answer["error"], answer["state"], answer["iss"]) == (
        "access_denied",
        "state-of-this-test",
        party.site.issuer,
    )


def test_t27_a_waiting_request_belongs_to_one_browser(party: Party) -> None:
    page = Caller(party.site.issuer).open(party.authorize_url())
    stolen = f"/authorize?{urlencode({'continue': page.query['continue']})}"
    assert is_local_error(party.browser().open(stolen))


def test_b15_after_the_sign_in_a_303_and_no_secret_in_any_address(party: Party) -> None:
    home = party.site.people()["homes"][0]
    browser = Caller(party.site.issuer)
    page = browser.open(party.authorize_url())
    (form,) = [form for form in page.tree.forms if "password" in {field.name for field in form.inputs}]
    fields = dict(form.form_values()) | {"email": home["email"], "password": home["password"]}
    answer = browser.ask("POST", form.action or page.url, data=fields)
    assert answer.status == 303
    assert home["password"] not in answer.headers["Location"]


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
def test_the_answer_travels_as_asked(party: Party, mode: str) -> None:
    state = 'a"b +&é<>'
    page = party.browser().open(party.authorize_url(response_mode=mode, state=state))
    if mode == "form_post":
        (form,) = page.select("form")
        fields = dict(form.form_values())
        assert form.get("action") == REGISTERED
        assert len(page.select("form button")) == 1
    else:
        assert "#" in page.url
        fields = answer_of(page)
    assert (fields["state"], fields["iss"]) == (state, party.site.issuer)
    assert fields["code"]


def test_b18_pages_of_the_flow_are_kept_by_nobody_and_name_nobody(site: Site, party: Party) -> None:
    page = Caller(site.issuer).open(party.authorize_url())
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    sources = [element.get("src") or element.get("href") for element in page.select("script, link, img")]
    assert all(source.startswith(("/", "data:")) for source in sources), sources
