"""Money from outside: decimal major units to integer minor units."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

# ISO 4217: currencies whose minor unit is not a hundredth.
_EXPONENTS: Final = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"], 0),
    **dict.fromkeys(["RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
_LARGEST: Final = 2**62


def read_currency(value: object, default: str) -> str:
    """Return a three-letter code, or ``default`` where none is given."""
    if isinstance(value, str):
        code = value.strip().upper()
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code
    return default


def read_amount(value: object, currency: str) -> int | None:
    """Return minor units of a decimal amount (number, or a string like ``"19.90"``), half to even; None if it is none.

    >>> read_amount("19.90", "EUR"), read_amount(1200, "JPY"), read_amount("a lot", "EUR")
    (1990, 1200, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and len(value) > 40:
        return None
    try:
        major = Decimal(value if isinstance(value, (int, str)) else repr(value))
        if not major.is_finite() or major.adjusted() > 18:
            return None
        minor = int(major.scaleb(_EXPONENTS.get(currency, 2)).to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, ValueError):
        return None
    return minor if abs(minor) < _LARGEST else None
