"""How children show who they are, as it is called on pages."""

from idp.kernel.words import msgid

NAMES = {
    "pin": msgid("Pincode"),
    "picture": msgid("Wachtwoordplaatje"),
    "badge": msgid("Kaart met QR-code"),
    "none": msgid("Niets"),
}
MEANINGS = {
    "pin": msgid("Het kind typt vier cijfers."),
    "picture": msgid("Het kind kiest zijn geheime plaatje uit twaalf. Goed voor wie nog niet leest."),
    "badge": msgid("Het kind houdt zijn geprinte kaart voor de camera of de scanner."),
    "none": msgid("Het kind kiest alleen zijn naam. Een ander kind kan zich dan vergissen, of doen alsof."),
}
