"""Base58 ids as the contract defines them: the Bitcoin alphabet, 11 characters, left-padded."""

import re

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CHARACTERS = 11
PATTERN = re.compile(f"[{ALPHABET}]{{{CHARACTERS}}}")


def to_base58(number):
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return text.rjust(CHARACTERS, ALPHABET[0])


def from_base58(text):
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    return number
