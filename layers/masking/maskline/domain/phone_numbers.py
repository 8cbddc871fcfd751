"""Reads every phone number that comes in: from clients, carriers, filters, commands and erasures.

A number is kept in E.164 with a leading plus, in the form that can be dialled from abroad. It is
read without the numbering plan, which is too heavy for the answer path: whether a number exists,
and in which country, is for `numbering_plan` to say.
"""

import re
from dataclasses import dataclass
from typing import NewType

E164 = NewType("E164", str)

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PUNCTUATION = re.compile(r"[ ().\-/]")

# The calling codes that are assigned: the numbering plan's, which a test compares.
_CODES = (
    "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 "
    "63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 "
    "226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 "
    "248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 "
    "291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 "
    "378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 "
    "590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 "
    "683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 "
    "886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 "
    "994 995 996 998"
)
CALLING_CODES = frozenset(_CODES.split())
# Where national numbers are dialled with a zero in front that is dropped from abroad.
_ZERO_CODES = (
    "20 27 31 32 33 40 41 43 44 46 49 51 53 54 55 57 58 60 61 62 63 64 66 81 82 84 86 90 91 92 "
    "93 94 95 98 211 212 213 218 231 232 233 234 243 249 250 251 252 254 255 256 260 261 262 "
    "263 264 265 291 353 355 358 359 370 373 374 377 380 381 382 383 385 386 387 389 421 423 "
    "508 590 591 593 594 595 596 598 686 850 855 856 880 886 961 962 963 964 966 967 970 971 "
    "972 976 977 994 995 996"
)
TRUNK_ZERO = frozenset(_ZERO_CODES.split())
_HUNGARY, _HUNGARIAN_TRUNK = "36", "06"
_NANP, _NANP_EXIT = "1", "011"
_NANP_NATIONAL = re.compile("[2-9][0-9]{2}[2-9][0-9]{6}")
# Where else a national form begins with a zero: with that of the number itself, or of a rule below.
_OTHER_ZERO = frozenset({_HUNGARY, "39", "52", "225", "229", "241", "242", "378"})

# The national rules: one phone that is written or presented in two ways, by calling code. A pattern
# takes the digits after the code, and the first one that fits gives the number for all abroad.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    # Mobiles have a 9 after the code from abroad, and a 15 after the area code at home.
    "54": (
        (r"9?(11)15(\d{8})", r"+549\1\2"),
        (r"9?([2368]\d\d)15(\d{7})", r"+549\1\2"),
        (r"9?([2368]\d{3})15(\d{6})", r"+549\1\2"),
    ),
    # The 1 of mobiles, and 044 or 045 at home, went in 2019; 01 was for all other calls.
    "52": ((r"(?:1|01|044|045)([2-9]\d{9})", r"+52\1"),),
    # Mobiles have nine digits since 2016, the first of them a 9.
    "55": ((r"([1-9][1-9])([689]\d{7})", r"+55\g<1>9\2"),),
    # Ten digits since 2021: mobiles got the prefix of their operator, which the second digit tells.
    "225": (
        (r"([04-9][0-3]\d{6})", r"+22501\1"),
        (r"([04-9][4-6]\d{6})", r"+22505\1"),
        (r"([04-9][7-9]\d{6})", r"+22507\1"),
    ),
    # Ten digits since November 2024; those that begin with an 8 stayed.
    "229": ((r"([2-79]\d{7})", r"+22901\1"),),
    # Eight digits after the zero since 2019, which is not dialled from abroad any more.
    "241": (
        (r"0([167]\d{7})", r"+241\1"),
        (r"0?(1\d{6})", r"+2411\1"),
        (r"0?([256]\d{6})", r"+2416\1"),
        (r"0?([47]\d{6})", r"+2417\1"),
    ),
    # Fixed lines have the Italian area code, and are reached through Italy as well.
    "378": ((r"([89]\d{5})", r"+3780549\1"),),
    "39": ((r"(0549[89]\d{5})", r"+378\1"),),
}

# How carriers write in digits that a caller withholds their number: they spell such words on a
# keypad, some of them with the mistakes that went round, or are mere fillers.
_DIGITS = (
    "266696687 2562533 464 7378742833 7378742883 7748283 8566696 8656696 86282452253 94844353 "
    "1234567 12345678 123456789 1234567890"
)
_WITHHELD_DIGITS = frozenset(_DIGITS.split())
_ZEROS = re.compile("1?0+")


@dataclass(frozen=True, slots=True)
class CallerId:
    """A caller as the carrier shows them.

    `number` is None for a caller who withholds it, and for one whose number cannot be read.
    `otherwise` is the other reading of digits that are a national form here, and abroad a number.
    """

    number: E164 | None
    otherwise: E164 | None = None

    def readings(self) -> tuple[E164, ...]:
        """Every number that the caller may have, the likelier first."""
        return tuple(number for number in (self.number, self.otherwise) if number)

    def preferring(self, number: E164) -> "CallerId":
        """The caller with this reading as the likelier one."""
        turned = CallerId(self.otherwise, otherwise=self.number)
        return turned if number == self.otherwise else self


def read_caller(text: str, *, dialled: E164 | None) -> CallerId:
    """Read a carrier's caller ID. A national form is one of the country of the dialled number.

    Carriers leave out the plus as well: ten digits on a number of North America may be both.
    """
    number, abroad = read_number(text, dialled=dialled), read_number(text)
    return CallerId(number, otherwise=abroad if abroad != number else None)


def read_number(text: str, *, dialled: E164 | None = None) -> E164 | None:
    """Read a number with or without plus (or 00), spaces and the usual punctuation.

    A national form is read where a `dialled` number tells the country. None for anything else, for
    a calling code that nobody has, and for the digits that stand for a withheld number.
    """
    written = _PUNCTUATION.sub("", text.strip())
    bare = written.removeprefix("+")
    if not (bare.isascii() and bare.isdecimal()) or _stands_for_withheld(bare):
        return None
    shown = bare if written != bare else _international(bare, dialled)
    code = _calling_code(shown)
    number = _folded(code, _without_trunk(code, shown.removeprefix(code)))
    return E164(number) if code and _E164.fullmatch(number) else None


def _stands_for_withheld(shown: str) -> bool:
    """Carriers of North America put their calling code before such digits."""
    is_zero = bool(_ZEROS.fullmatch(shown))
    return is_zero or shown in _WITHHELD_DIGITS or shown.removeprefix(_NANP) in _WITHHELD_DIGITS


def _international(bare: str, dialled: E164 | None) -> str:
    """The digits from the calling code on, "" if there is no telling."""
    if bare.startswith("00"):
        return bare[2:]
    home = _calling_code(digits(dialled)) if dialled else ""
    if home == _NANP and bare.startswith(_NANP_EXIT):
        return bare.removeprefix(_NANP_EXIT)
    if home == _NANP and _NANP_NATIONAL.fullmatch(bare):
        return home + bare
    if not bare.startswith("0"):
        return bare
    return home + bare if home in TRUNK_ZERO | _OTHER_ZERO else ""


def _calling_code(shown: str) -> str:
    """No code is the beginning of another one."""
    beginnings = (shown[:length] for length in (1, 2, 3))
    return next((code for code in beginnings if code in CALLING_CODES), "")


def _without_trunk(code: str, national: str) -> str:
    if code == _HUNGARY:
        national = national.removeprefix(_HUNGARIAN_TRUNK)
    return national.lstrip("0") if code in TRUNK_ZERO | {_HUNGARY} else national


def _folded(code: str, national: str) -> str:
    for pattern, replacement in _RULES.get(code, ()):
        found = re.fullmatch(pattern, national, re.ASCII)
        if found:
            return found.expand(replacement)
    return f"+{code}{national}"


def phone_of(number: E164) -> E164:
    """Name the phone of a number: equal for two numbers that ring the same one.

    Argentina's mobiles are presented with and without the 9 that they need from abroad, and nothing
    but the numbering authority's lists tells them from fixed lines: both forms stay as they came.
    """
    is_marked = number.startswith("+549") and len(number) == len("+5491155550100")
    return E164("+54" + number.removeprefix("+549")) if is_marked else number


def is_same_phone(one: E164, other: E164) -> bool:
    """Tell whether two numbers ring the same phone."""
    return phone_of(one) == phone_of(other)


def digits(number: E164) -> str:
    """The number without the plus, as the compatible API writes it inside objects."""
    return number.removeprefix("+")


def mask_number(number: str) -> str:
    """A form for log lines: enough to recognise a number one knows, too little to ring it."""
    if len(number) < 8:
        return "•" * len(number)
    return f"{number[:3]}{'•' * (len(number) - 5)}{number[-2:]}"
