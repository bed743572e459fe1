"""Clients that register themselves (RFC 7591, OpenID Registration 1.0) and manage themselves (RFC 7592)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from idp.engine.clients.initial_access import issue_initial_access_token, revoke_initial_access_token
from idp.kernel import clock
from idp.kernel.clock import now
from tests.client_keys import ClientKey
from tests.hosted import Hosted, hosted
from tests.protocol.key_party import KeyParty
from tests.protocol.party import Party, read_jwt
from tests.site import Site
from tests.visitor import Caller

GOOD = {"client_name": "Leesapp", "redirect_uris": ["https://lees.example/callback"]}
TERMS = {"all_schools": True, "claims": ["given_name"]}


@pytest.fixture
def there() -> Iterator[Hosted]:
    with hosted() as running:
        yield running


@pytest.fixture
def token(site: Site) -> str:
    """An initial access token."""
    return issued(site)


def issued(site: Site, **terms: Any) -> str:
    with site.database.write() as db:
        return issue_initial_access_token(db, now(), terms=TERMS | terms)


def register(site: Site, token: str | None, document: Any = None, **changes: Any) -> requests.Response:
    """POST a document, good but for `changes`."""
    body = document if document is not None else GOOD | changes
    return send("POST", f"{site.issuer}/register", token, body)


def send(method: str, url: str, token: str | None, body: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.request(method, url, json=body, headers=headers, timeout=10)


def registered(site: Site, token: str, **changes: Any) -> dict[str, Any]:
    answer = register(site, token, **changes)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def manage(method: str, client: dict[str, Any], body: Any = None, token: str | None = None) -> requests.Response:
    return send(method, client["registration_client_uri"], token or client["registration_access_token"], body)


def refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_rfc7591_3_2_1_what_a_new_client_is_told(site: Site, token: str) -> None:
    answer = register(site, token)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    client = answer.json()
    assert len(client["client_id"]) > 20
    assert len(client["client_secret"]) >= 43
    assert client["client_secret_expires_at"] == 0
    assert client["client_id_issued_at"] > 0
    assert client["registration_client_uri"].startswith(site.issuer)
    assert (client["client_name"], client["redirect_uris"]) == ("Leesapp", ["https://lees.example/callback"])
    assert client["token_endpoint_auth_method"] == "client_secret_basic"
    assert (client["grant_types"], client["response_types"]) == (["authorization_code"], ["code"])


def test_a_new_client_signs_people_in(site: Site, token: str) -> None:
    client = registered(site, token)
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    tokens = party.signed_in()
    told = party.userinfo(tokens["access_token"]).json()
    assert set(told) == {"sub", "given_name"}


def test_a_client_with_keys_gets_no_secret(site: Site, token: str) -> None:
    key = ClientKey.generate()
    client = registered(site, token, token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    assert "client_secret" not in client
    party = KeyParty(site, client["client_id"], None, client["redirect_uris"][0], key=key)
    assert party.redeem(party.code(party.browser())).status_code == 200


def test_a_public_client_gets_no_secret(site: Site, token: str) -> None:
    assert "client_secret" not in registered(site, token, token_endpoint_auth_method="none")


def test_rfc7591_3_only_with_an_initial_access_token(site: Site, token: str) -> None:
    nobody = register(site, None)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="sleutelbos"')
    for wrong in ("", "x", "ia_" + "A" * 43, "é"):
        assert register(site, wrong.encode("utf-8").decode("latin-1")).status_code == 401
    with site.database.write() as db:
        assert revoke_initial_access_token(db, token, now())
    assert refused(register(site, token)) == (401, "invalid_token")


def test_an_initial_access_token_ends(site: Site) -> None:
    with site.database.write() as db:
        token = issue_initial_access_token(db, now(), life=timedelta(hours=1))
    assert register(site, token).status_code == 201
    with clock.frozen(now() + timedelta(hours=2)):
        assert refused(register(site, token)) == (401, "invalid_token")


def test_rfc7591_3_2_2_what_is_refused(site: Site, token: str) -> None:
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "no redirect URI": ({"redirect_uris": []}, "invalid_redirect_uri"),
        "a fragment": ({"redirect_uris": ["https://lees.example/#x"]}, "invalid_redirect_uri"),
        "http": ({"redirect_uris": ["http://lees.example/cb"]}, "invalid_redirect_uri"),
        "T24 javascript": ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        "T24 a tab in it": ({"redirect_uris": ["java\tscript:alert(1)"]}, "invalid_redirect_uri"),
        "T05 code in its query": ({"redirect_uris": ["https://lees.example/?code=x"]}, "invalid_redirect_uri"),
        "T24 javascript as logo": ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        "T24 data as policy": ({"policy_uri": "data:text/html,x"}, "invalid_client_metadata"),
        "T25 the cloud's own address": ({"jwks_uri": "https://169.254.169.254/x"}, "invalid_client_metadata"),
        "T25 an address inside": ({"backchannel_logout_uri": "https://10.0.0.1/out"}, "invalid_client_metadata"),
        "T25 mapped into IPv6": ({"logo_uri": "https://[::ffff:a9fe:a9fe]/x"}, "invalid_client_metadata"),
        "T25 in one number": ({"request_uris": ["https://0xa9fea9fe/x"]}, "invalid_client_metadata"),
        "http at login": ({"initiate_login_uri": "http://lees.example/login"}, "invalid_client_metadata"),
        "A5 no signature": ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        "implicit": ({"response_types": ["id_token"]}, "invalid_client_metadata"),
        "password": ({"grant_types": ["password"]}, "invalid_client_metadata"),
        "an unknown method": ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        "both key fields": (
            {"jwks": ClientKey.generate().jwks, "jwks_uri": "https://lees.example/jwks"},
            "invalid_client_metadata",
        ),
        "a statement": ({"software_statement": "a.b.c"}, "unapproved_software_statement"),
        "everybody's pseudonym": ({"subject_type": "public"}, "invalid_client_metadata"),
        "scopes of its own": ({"scope": "openid admin:all"}, "invalid_client_metadata"),
        "somebody's API": ({"resources": ["https://api.example/"]}, "invalid_client_metadata"),
        "to be an API": ({"protected_resources": ["https://api.example/"]}, "invalid_client_metadata"),
        "a wrong profile": ({"sleutelbos": {"profile": "lax"}}, "invalid_client_metadata"),
        "less than its profile": ({"sleutelbos": {"profile": "fapi2"}}, "invalid_client_metadata"),
    }
    found = {name: refused(register(site, token, **changes)) for name, (changes, _) in wrong.items()}
    assert found == {name: (400, error) for name, (_, error) in wrong.items()}


def test_bodies_that_are_no_document(site: Site, token: str) -> None:
    for body in (
        "",
        "[]",
        "null",
        "{",
        '{"a":NaN}',
        '{"client_name":"\\ud800"}',
        '{"client_name":"\\u0000"}',
        "[" * 9000,
    ):
        answer = requests.post(
            f"{site.issuer}/register",
            data=body,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            timeout=10,
        )
        assert refused(answer) == (400, "invalid_client_metadata"), body
    answer = requests.post(
        f"{site.issuer}/register", data=GOOD, headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert refused(answer) == (400, "invalid_client_metadata")
    huge = register(site, token, client_name="x" * 70_000)
    assert huge.status_code == 413


def test_public_subjects_where_the_token_says_so(site: Site) -> None:
    allowed = issued(site, public_subjects=True)
    assert registered(site, allowed, subject_type="public")["subject_type"] == "public"


def test_openid_registration_5_a_sector_file_names_every_redirect_uri(site: Site, token: str, there: Hosted) -> None:
    address = there.put("/sector", json.dumps(GOOD["redirect_uris"] + ["https://other.example/cb"]))
    assert registered(site, token, sector_identifier_uri=address)["sector_identifier_uri"] == address
    bad = {
        "/missing": ("", 404), "/other": ('["https://other.example/cb"]', 200), "/object": ("{}", 200),
        "/broken": ("[", 200), "/large": ("[" + "1," * 40_000 + "1]", 200),
    }  # fmt: skip
    for path, (body, status) in bad.items():
        answer = register(site, token, sector_identifier_uri=there.put(path, body, status))
        assert refused(answer) == (400, "invalid_client_metadata"), path
    answer = register(site, token, sector_identifier_uri=there.redirect("/moved", address))
    assert refused(answer) == (400, "invalid_client_metadata")


def test_b38_one_sector_one_pseudonym_and_no_other(site: Site, token: str, there: Hosted) -> None:
    shared = {"sector_identifier_uri": there.put("/sector", json.dumps(GOOD["redirect_uris"]))}
    subs = []
    for changes in (shared, shared, {}):
        client = registered(site, token, **changes)
        party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
        subs.append(read_jwt(party.signed_in()["id_token"])[1]["sub"])
    assert subs[0] == subs[1] != subs[2]


def test_rfc7592_2_1_a_client_reads_itself(site: Site, token: str) -> None:
    client = registered(site, token)
    answer = manage("GET", client)
    assert answer.status_code == 200
    told = answer.json()
    assert told["registration_access_token"] == client["registration_access_token"]
    assert "client_secret" not in told
    assert told == {name: value for name, value in client.items() if not name.startswith("client_secret")}


def test_rfc7592_nobody_elses_token_opens_it(site: Site, token: str) -> None:
    mine, theirs = registered(site, token), registered(site, token)
    for wrong in (theirs["registration_access_token"], token, "x"):
        for method in ("GET", "PUT", "DELETE"):
            assert refused(manage(method, mine, {}, wrong)) == (401, "invalid_token")
    for url in (f"{site.issuer}/register", f"{site.issuer}/register?client_id=%00", f"{site.issuer}/register?a&b=c"):
        assert refused(send("GET", url, mine["registration_access_token"])) == (401, "invalid_token")
    assert send("GET", mine["registration_client_uri"], None).status_code == 401
    assert send("PATCH", mine["registration_client_uri"], token).status_code == 405


def test_rfc7592_2_2_a_client_changes_itself(site: Site, token: str) -> None:
    client = registered(site, token, contacts=["a@lees.example"])
    update = GOOD | {"client_id": client["client_id"], "client_name": "Nieuw"}
    answer = manage("PUT", client, update | {"client_secret": client["client_secret"]})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["client_name"], "contacts" in answer.json()) == ("Nieuw", False)
    assert "client_secret" not in answer.json()
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    assert party.signed_in()["access_token"]


def test_rfc7592_2_2_what_an_update_may_not_hold(site: Site, token: str) -> None:
    client = registered(site, token)
    update = GOOD | {"client_id": client["client_id"]}
    for wrong in (
        {"client_id": "other"}, {"client_secret": "chosen"}, {"client_secret": 1},
        {"registration_access_token": "x"}, {"registration_client_uri": "x"}, {"client_secret_expires_at": 0},
        {"client_id_issued_at": 1}, {"subject_type": "public"}, {"software_statement": "x"},
        {"redirect_uris": ["https://lees.example/#x"]},
    ):  # fmt: skip
        assert manage("PUT", client, update | wrong).status_code == 400, wrong
    assert manage("GET", client).json()["client_name"] == "Leesapp"


def test_rfc7592_2_2_a_secret_comes_and_goes_with_the_method(site: Site, token: str) -> None:
    client = registered(site, token)
    update = GOOD | {"client_id": client["client_id"]}
    public = manage("PUT", client, update | {"token_endpoint_auth_method": "none"}).json()
    assert "client_secret" not in public
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    assert party.token(grant_type="authorization_code", code="x").status_code == 401
    fresh = manage("PUT", client, update).json()
    assert fresh["client_secret"] not in (None, client["client_secret"])


def test_rfc7592_2_3_a_client_ends_itself(site: Site, token: str) -> None:
    client = registered(site, token, grant_types=["authorization_code", "refresh_token"])
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    tokens = party.signed_in(scope="openid profile offline_access")
    answer = manage("DELETE", client)
    assert (answer.status_code, answer.content) == (204, b"")
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert refused(party.refresh(tokens["refresh_token"])) == (401, "invalid_client")
    assert refused(manage("GET", client)) == (401, "invalid_token")
    page = Caller(site.issuer).open(party.authorize_url())
    assert (page.status, page.path) == (400, "/authorize")


def test_fapi2_can_register_itself(site: Site, token: str) -> None:
    key = ClientKey.generate()
    client = registered(site, token, sleutelbos={"profile": "fapi2"}, jwks=key.jwks)
    assert client["require_pushed_authorization_requests"] is client["dpop_bound_access_tokens"] is True
    assert client["token_endpoint_auth_method"] == "private_key_jwt"


def test_t42_no_token_lies_in_the_database(site: Site, token: str) -> None:
    client = registered(site, token)
    with site.database.read() as db:
        rows = [
            str(tuple(row))
            for table in ("client", "initial_access_token")
            for row in db.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    for secret in (token, client["client_secret"], client["registration_access_token"]):
        assert not [row for row in rows if secret in row or secret.split("_", 1)[1] in row]
