"""The relying-party side: a provider upstream of ours where people sign in instead. Knows no school.

`model` is what is configured of an upstream, `documents` what it publishes (metadata and keys, pinned to its configured
issuer), `signin` the way there and back (state, nonce and PKCE in a row that one answer spends), `tokens` what an ID
token or logout token must hold, and `sessions` which session of ours came out of which of theirs. A failure is a
`Failed` with a reason for the audit; nothing that an upstream says is repeated to anybody.
"""
