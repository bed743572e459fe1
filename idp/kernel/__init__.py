"""What every floor stands on: database, clock, secrets, outbox, mail, throttle, audit.

The kernel knows no pupil, no token and no web framework. A request opens one unit of work (`db.Database`),
hands its connection down as `db`, and commits once. Whatever must happen outside the database is a row of
the `outbox` in that same commit; the worker carries it out afterwards. What was done is a row of `audit`.
"""
