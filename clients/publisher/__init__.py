"""A publisher: one relying party (OpenID Connect, code + PKCE) that Authlib's client does the protocol for.

A browser comes to `/SLUG/`, is sent away by `sign_in.login`, comes back to `sign_in.callback`, and from then on has a
row in `store` that says what this publisher was told. The row ends by the publisher's own button or by the provider's
logout call (`sign_out`). `publishers` reads the entries of configuration, `registration` says what the provider must
know of them, `provider` is all that the app knows of the provider, `app` puts it together: one blueprint per publisher.
"""
