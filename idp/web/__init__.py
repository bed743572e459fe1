"""The pages: parse, call, render; nothing else.

Each module gives `blueprint(services)`. A request has one unit of work (`unit`), committed once on any answer below
500. Every way to sign in leaves through `session.finish_signin`; every step returns to `/authorize?continue=ID`
(`authorize`), and never links to another step. Every failure is a page made by `errors`.
"""
