"""What is asked at /authorize, or pushed ahead of it.

`parameters` reads the raw names and values; `intake` opens what was pushed (`pushed`) or stands in a request object
(`objects`); `authorization.check` turns them into an `AuthorizationRequest` or says why not, check by check in the
order that `checks.CHECKS` prints for both endpoints; `prompts.next_step` decides purely what has to happen now;
`pending` keeps a request while somebody signs in; `issue` writes the grant with its code.
"""
