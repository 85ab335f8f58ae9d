"""Bodies for the differential tests: made by a seeded generator, some of them damaged afterwards."""

import json
import random

TEXTS = ["", "x", "CI build", "https://example.com/?a=1&b=2", "é€😀", "\0", "\r\n", "-", "--", "%", "+", '"', "\\",
         "a=b;c", "\ufeff", "\u2028", "null", "--B", "\r\n--Bx", "--B--"]
NAMES = ["url", "name", "check_cert", "api_version", "x", "a b", "é", "_charset_"]


def text(rng):
    return "".join(rng.choice(TEXTS) for _ in range(rng.randint(0, 3)))


def damaged(rng, body, tokens):
    """The body after one to three edits: bytes changed, cut out or doubled, tokens inserted, the end cut off."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(body))
        end = min(len(body), at + rng.choice([1, 1, 2, 5, 20]))
        edit = rng.randrange(6)
        if edit == 0:
            body = body[:at] + bytes([rng.randrange(256)]) + body[at + 1:]
        elif edit == 1:
            body = body[:at] + body[end:]
        elif edit == 2:
            body = body[:end] + body[at:]
        elif edit == 3 and rng.random() < 0.3:
            body = body[:at]
        else:
            body = body[:at] + rng.choice(tokens) + body[at:]
    return body


def json_value(rng, depth):
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([True, False, None])
    if kind == 1:
        return rng.choice([0, -1, 10**30, 255, -(2**63)])
    if kind == 2:
        return rng.choice([0.5, -1e300, 1e-9, 2.0])
    if kind < 6:
        return text(rng)
    if kind == 6:
        return [json_value(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return {text(rng): json_value(rng, depth - 1) for _ in range(rng.randint(0, 3))}


def json_body(rng):
    root = {rng.choice(NAMES): json_value(rng, 2) for _ in range(rng.randint(0, 4))}
    if rng.random() < 0.1:
        root = json_value(rng, 2)
    separators = rng.choice([(",", ":"), (", ", " : "), (" ,\n", ":\t")])
    return json.dumps(root, ensure_ascii=rng.random() < 0.5, separators=separators).encode()


JSON_TOKENS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"0", b"-", b"1e999", b"9" * 400, b".5", b"NaN",
               b"Infinity", b"-Infinity", b"null", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\u0000", b"\0", b"\n",
               b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff", b"\xc3\xa9", b"//x\n", b"[" * 101, b"[[]]"]


def percent_encoded(rng, data):
    plain = b"abcdefghijklmnopqrstuvwxyz-_.:/?"
    return b"".join(
        b"+" if byte == 0x20 and rng.random() < 0.5
        else bytes([byte]) if byte in plain or (byte > 0x7F and rng.random() < 0.3)
        else b"%%%02X" % byte if rng.random() < 0.5 else b"%%%02x" % byte
        for byte in data
    )


def urlencoded_body(rng):
    pairs = []
    for _ in range(rng.randint(0, 5)):
        name = percent_encoded(rng, rng.choice(NAMES).encode())
        pairs.append(name + b"=" + percent_encoded(rng, text(rng).encode()) if rng.random() < 0.9 else name)
    return b"&".join(pairs)


URLENCODED_TOKENS = [b"&", b"=", b"%", b"+", b"%zz", b"%4", b"%26", b"%c3%a9", b"\xc3%a9", b"%ff", b"\xff", b"\0", b";",
                     b"&&", b"&" * 1000, b"%+1", b"%-1", b"% 1", b"%0x41", b"%u0041"]


def multipart_part(rng):
    """Headers and content, valid by RFC 7578, and what they say: name, is it a file, content."""
    name = rng.choice(NAMES)
    value = text(rng).encode()
    while b"\r\n--B--" in b"\r\n" + value or b"\r\n--B\r\n" in b"\r\n" + value + b"\r\n":
        value = text(rng).encode()
    is_file = rng.random() < 0.3
    disposition = f'Content-Disposition: form-data; name="{name}"' + ('; filename="a.txt"' if is_file else "")
    headers = [disposition.encode()]
    if is_file or rng.random() < 0.2:
        headers.append(b"Content-Type: text/plain; charset=utf-8")
    if rng.random() < 0.1:
        headers.append(b"Content-Transfer-Encoding: 8bit")
    rng.shuffle(headers)
    return b"\r\n".join(headers) + b"\r\n\r\n" + value, (name, is_file, value)


def multipart_body(rng):
    """A body with boundary B, and the list of its fields."""
    parts = [multipart_part(rng) for _ in range(rng.randint(1, 4))]
    preamble = b"preamble\r\n" if rng.random() < 0.1 else b""
    body = preamble + b"".join(b"--B\r\n" + content + b"\r\n" for content, _ in parts) + b"--B--\r\n"
    return body + (b"epilogue" if rng.random() < 0.1 else b""), [field for _, field in parts]


MULTIPART_TOKENS = [b"\r\n", b"\n", b"\r", b"\r\n--B\r\n", b"\r\n--B--", b"\n--B\n", b"--B", b"--B--", b"--", b" ", b"\t",
                    b"\r\n ", b"\r\nx\r\n", b"; name=b", b'; name="b"', b"; name*=UTF-8''b", b"; filename=f",
                    b"; filename*=UTF-8''f", b'\\"', b'"', b";", b"=", b":", b"\0", b"\xff", b"\xc3\xa9",
                    b"\r\nContent-Transfer-Encoding: base64", b"\r\nContent-Type: a/b; charset=latin1",
                    b"\r\nContent-Disposition: form-data; name=c", b"attachment", b"\x0b", b"\r\n\r\n"]


def generated(seed, count, make, tokens):
    """As many bodies, every other one damaged."""
    rng = random.Random(seed)
    for i in range(count):
        body = make(rng)
        yield damaged(rng, body, tokens) if i % 2 else body
