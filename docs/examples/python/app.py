"""A publisher's app in one file.

pip install flask authlib requests
ISSUER=http://localhost:5000 CLIENT_ID=... CLIENT_SECRET=... flask run --port 8000
"""

import os
from urllib.parse import urlencode

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session, url_for
from markupsafe import escape

app = Flask(__name__)
app.config.update(SECRET_KEY=os.urandom(32), SESSION_COOKIE_NAME="my_reading_app")
sleutelbos = OAuth(app).register(
    "sleutelbos",
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
)


@app.get("/")
def home():
    """Who is signed in here?"""
    if "name" not in session:
        return f'<a href="{url_for("login")}">Inloggen met Sleutelbos</a>'
    return f'<p>Hallo {escape(session["name"])}!</p><a href="{url_for("logout")}">Uitloggen</a>'


@app.get("/login")
def login():
    """To Sleutelbos; state, nonce and code verifier are made and remembered by Authlib."""
    return sleutelbos.authorize_redirect(url_for("callback", _external=True))


@app.get("/callback")
def callback():
    """Back again: the code becomes tokens, and the ID token is checked."""
    token = sleutelbos.authorize_access_token()
    person = sleutelbos.userinfo(token=token)
    session.update(sub=person["sub"], name=person.get("given_name", "jij"), id_token=token["id_token"])
    return redirect(url_for("home"))


@app.get("/logout")
def logout():
    """Signed out here and at Sleutelbos, which tells everybody else."""
    back = {"id_token_hint": session.pop("id_token", ""), "post_logout_redirect_uri": url_for("home", _external=True)}
    session.clear()
    return redirect(sleutelbos.load_server_metadata()["end_session_endpoint"] + "?" + urlencode(back))
