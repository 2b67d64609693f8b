"""Which passwords an account may have: long enough, and none of those that are tried first."""

from domain.errors import FieldError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
FEWEST_CHARACTERS = 4
"""Different ones, and as many beside one's own name."""
_SHORTEST_NAME = 3

# Words near the top of lists of stolen passwords. What stands around them, and signs in place of letters, is looked
# through.
_COMMON_WORDS = """
    aaaaaaaa abc abcabc abcd access admin administrator adobe amanda amor andrea andrew angel anthony apple asdf
    asdfasdf asdfgh asdfghjkl asdfjkl ashley austin azerty babygirl bailey barcelona baseball basketball batman
    beautiful berlin bienvenue bonjour buster butterfly carlos changeit changeme charlie chelsea chocolate
    computer cookie corvette cowboys cricket daniel darkroom default dragon eagles easy estrella facebook family
    ferrari flower football forever forget formula freedom friend friends fuckme fuckoff fuckyou gandalf george
    ginger girls goodluck google guest hallo hammer hannah harley heather hello helloworld hockey hola hottie
    hunter iloveu iloveyou internet iwantu jasmine jennifer jessica jesus jordan joshua justin killer knight
    kristina letmein liverpool login london love lovely loveme loveyou maggie manchester marina marlboro martin
    master matrix matthew maverick mercedes merlin michael michelle monkey monster motdepasse mother music
    mustang nicole ninja nopassword nothing orange pass passme passpass passpassword passphrase passport passw
    password passwordpassword passwort patrick peanut pepper phoenix photo pokemon porsche princess private
    purple qazwsx qazwsxedc qwaszx qwer qwert qwerty qwertyqwerty qwertyui qwertyuiop ranger richard robert
    samantha sample samsung schalke schatz secret secretpassword senha server shadow silver snoopy soccer sophie
    spider spiderman starwars steelers summer sunshine super superman superuser swordfish system taylor temp
    temporary tennis test tester testing testpassword testtest thomas thunder tigger tinkerbell trustno turtle
    user username victoria wachtwoord welcome welcomehome whatever william winner winter wizard yankees yellow
    zaqwsx zaqxsw zxcvbn zxcvbnm
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_SPELLED = str.maketrans("@4310$5!7+", "aaeiossitt")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_RUNS = tuple(row * 3 for row in _ROWS) + tuple(row[::-1] * 3 for row in _ROWS)
_OTHERS = "0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "


def password_errors(password: str, *names: str | None, field: str = "password") -> list[FieldError]:
    """What is wrong with a password of somebody with these names and addresses."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return [FieldError(field, f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")]
    if any("\ud800" <= character <= "\udfff" for character in password):
        return [FieldError(field, "must be made of whole characters")]
    folded = password.casefold()
    if any(_names(folded, name.casefold()) for name in names if name):
        return [FieldError(field, "must not be the account's own name or address")]
    if _guessed_first(folded):
        return [FieldError(field, "is one of those that are tried first; several words in a row are a good one")]
    return []


def _guessed_first(folded: str) -> bool:
    if len(set(folded)) < FEWEST_CHARACTERS or any(folded in run for run in _RUNS):
        return True
    return any(word.strip(_OTHERS) in _COMMON for word in _readings(folded))


def _readings(folded: str) -> tuple[str, ...]:
    """As it stands; with signs read as letters; the same without what was put around the word."""
    return folded, folded.translate(_SPELLED), folded.strip(_OTHERS).translate(_SPELLED)


def _names(folded: str, name: str) -> bool:
    """Whether little is left of a password without this name, or without the part of an address that names a person."""
    for part in {name, name.partition("@")[0]}:
        if len(part) >= _SHORTEST_NAME and part in folded and len(folded.replace(part, "")) < FEWEST_CHARACTERS:
            return True
    return False
