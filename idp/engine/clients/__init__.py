"""Who asks: relying parties, their metadata and how they prove who they are.

`metadata` is the table of RFC 7591 / OpenID registration names with their checks; `registration` stores what passed;
`registry` reads it back as a `model.Client` and keeps it parsed as long as its version stands; `authentication` is
one function per method; `profiles` is what a security profile means, as data.
"""
