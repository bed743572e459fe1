"""What is asked at /authorize.

`parameters` reads the raw names and values; `authorization.check` turns them into an `AuthorizationRequest` or says
why not, check by check in one printed order; `prompts.next_step` decides purely what has to happen now; `pending`
keeps a request while somebody signs in; `issue` writes the grant with its code.
"""
