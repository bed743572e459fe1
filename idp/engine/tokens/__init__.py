"""What a client is given: one `ports.Authorization` becomes a token set.

`issue` stores and answers; `id_token` makes and reads ID tokens; `claims` is the table of scopes and claims;
`pairwise` is who a subject is to one client; `lookup` finds the living token behind
a bearer value; `revoke` is RFC 7009.
"""
