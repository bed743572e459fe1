"""The demo's people in the database of the environment, for a provider that is measured."""

from idp import config
from idp.app import seed_demo
from idp.cli.context import App

app = App(config.load())
with app.database.write() as db:
    seed_demo(app.settings, db, app.keyring)
