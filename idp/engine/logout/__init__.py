"""How an end reaches everybody.

`sessions.end` queues a row per client that saw the session; `backchannel` delivers them from the worker; `rp_initiated`
decides what a publisher's logout request may do.
"""
