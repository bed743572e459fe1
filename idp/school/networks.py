"""The network environments that a school can work through: pupils then sign in there, also at home."""

NETWORKS = {
    "moo": "MOO",
    "zuluconnect": "ZuluConnect",
    "cloudwise": "Cloudwise",
    "mijnonderwijsportaal": "MijnOnderwijsPortaal",
    "ratho-portaal": "Ratho Portaal",
    "prowise-go": "Prowise Go'",
    "skool-miloo": "Skool/Miloo",
    "onlineklas": "OnlineKlas",
}
"""By slug: what people call it."""


def name_of(slug: str | None) -> str | None:
    """What a network environment is called; None = the school works without one."""
    return None if slug is None else NETWORKS.get(slug, slug)
