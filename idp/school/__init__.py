"""The school world: schools, groups, pupils, staff, homes, and the rules between them.

A teacher fills an e-mail slot (`slots`), which mints a link (`links`) and queues a mail; a parent spends the link and
has a home account (`homes`); at sign-in `credentials` says Pass or Fail and throttles itself; `policy` says who may
do what. This floor knows no token, no publisher's protocol and no web framework: the engine sees it only through
`idp.directory`.
"""
