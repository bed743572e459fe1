"""The OAuth 2 / OpenID Connect engine. It could be lifted out and used for something that is no school.

What flows through: `requests` checks what is asked and by whom (`clients`); a sign-in (`sessions`) makes a
`ports.Login`; each grant of `grants` turns a request into one `ports.Authorization`; `tokens` turns that into a
token set; `responses` is where every authorization answer leaves; `logout` ends it all. About people it asks only
`ports.Subjects`; a person is an opaque `subject` here.
"""
