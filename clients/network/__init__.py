"""A network environment: an OpenID provider upstream of ours, where a school's pupils sign in instead.

One Flask app, eight environments, each an issuer of its own. A browser comes to `authorize`, a demo person is picked on
the sign-in page (`people`), and the code goes back; `machine` answers token, userinfo, keys and discovery; `sign_out`
ends a sign-in and says so to the relying party. `peer` is one environment at work: what it is, whom it knows, what it
remembers, and how it misbehaves at the moment (`misbehaviour`), which is what it is for in the tests.
"""
