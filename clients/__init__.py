"""The other side of the wire, for the demo and the tests: fifteen publishers and eight network environments.

`publisher` is one relying party with an entry of configuration per publisher (`publishers/*.toml`); it learns all that
it knows of the provider from discovery. `network` is one upstream provider with an entry per environment
(`networks/*.toml`); it can misbehave on demand. Neither knows anything of the provider's code: they meet over HTTP.
"""
