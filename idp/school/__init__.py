"""The school world: schools, groups, pupils, staff, homes, and the rules between them.

A teacher fills an e-mail slot (`slots`), which mints a link (`links`) and queues a mail; a parent sends the form behind
the link (`activation`) and has a home account (`homes`), which signs in on a browser (`households`). `credentials` says
Pass or Fail and counts each try first; `policy` says who may do what, `staff` who somebody is, `pupils` what a teacher
sees; `contracts` and `person` say what a publisher may be told, and what there is to tell. This floor knows no token,
no publisher's protocol and no web framework: the engine sees it only through `idp.directory`.
"""
