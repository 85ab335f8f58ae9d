"""Our decoders against others: the standard library's json, parse_qsl and email, and Werkzeug.

Hand-made and generated bodies, half of the latter damaged, are given to both. If they differ, a deliberate difference
must explain it. Each of these differences must show in some body; otherwise it doesn't exist.
"""

import os
import random
import subprocess
from collections import Counter

import pytest

import bodies
import differences
import others

GENERATED = 6000
SEED = 20260301


def unhex(word):
    return b"" if word == "-" else bytes.fromhex(word)


def parse_answer(line):
    """The tool's answer for one body: a list of (name, kind, text), or the message that refuses it."""
    status, *words = line.split(" ")
    if status == "refused":
        return unhex(words[0]).decode()
    assert status == "ok", line
    names, kinds, texts = words[0::3], words[1::3], words[2::3]
    return [(unhex(name).decode(), kind, unhex(text)) for name, kind, text in zip(names, kinds, texts, strict=True)]


def decode(content_type, cases):
    frames = b"".join(b"%d\n%b%d\n%b" % (len(content_type), content_type, len(body), body) for body in cases)
    tool = os.environ["DECODE_BODY_TOOL"]
    lines = subprocess.run([tool], input=frames, stdout=subprocess.PIPE, check=True, timeout=120).stdout
    answers = [parse_answer(line) for line in lines.decode().splitlines()]
    assert len(answers) == len(cases)
    return answers


def compare(other, listed, cases, ours, theirs):
    """Fails on the first difference that is not listed. Returns how often each listed one occurred."""
    seen = Counter({difference.name: 0 for difference in listed if other in difference.against or not difference.against})
    for body, mine, their in zip(cases, ours, theirs, strict=True):
        if mine == their or (isinstance(mine, str) and their is None):
            continue
        explanation = next((each.name for each in listed if each.explains(other, body, mine)), None)
        assert explanation is not None, f"unexplained: {body!r}\n  ours: {mine!r}\n  {other}: {their!r}"
        seen[explanation] += 1
    return seen


def assert_all_seen(seen):
    assert seen, "no difference was looked for"
    assert [name for name, count in seen.items() if count == 0] == [], "listed, but never seen"


def json_value(kind, text):
    if kind == "string":
        return text.decode()
    if kind == "number":
        return others.Number(text.decode())
    return others.json_values(text)


HAND_MADE_JSON = [
    b"{}", b"", b" ", b"{\"a\":1,\"a\":2}", b"[]", b"1", b"null", b"{\"a\":NaN}", b"[-Infinity]", b"{\"a\":\"\\udc00\"}",
    b"{\"a\":\"\xed\xa0\x80\"}", b"\xef\xbb\xbf{}", "{\"a\":1}".encode("utf-16"), "{\"a\":1}".encode("utf-16-be"),
    "{\"a\":1}".encode("utf-32-le"), b"{\"a\":" + b"[" * 99 + b"]" * 99 + b"}", b"{\"a\":" + b"[" * 100 + b"]" * 100 + b"}",
    b"{\"a\":1e400,\"b\":-" + b"9" * 500 + b"}", b"{\"a\":--1,\"b\":1e400}", b"{\"a\":1}\0", b"{\"a\":1}\0{", b"{\"a\":01}",
    b"{\"a\":1.}", b"{\"a\":1,}", b"{\"a\":\"\x01\"}", b"{'a':1}", b"{\"a\":\"\\x41\"}", b"{\"a\":\"\\u00g0\"}",
    b"{\"a\":{\"b\":1,\"c\":[{\"d\":1,\"d\":{ }}],\"b\":2},\"a\":3}", b"{\"a\":[1e5,1.0,\"\\u00e9\\/\"]}",
    b"{\"a\":\"\\ud83d\\ude00\\ud83d\"}", b"{}{}", b"/**/{}", b"\x0c{}", b"\xc2\xa0{}",
]


def test_json():
    cases = HAND_MADE_JSON + list(bodies.generated(SEED, GENERATED, bodies.json_body, bodies.JSON_TOKENS))
    ours = [
        answer if isinstance(answer, str) else others.Members((n, json_value(kind, text)) for n, kind, text in answer)
        for answer in decode(b"application/json", cases)
    ]
    assert_all_seen(compare("json", differences.JSON, cases, ours, [others.json_fields(body) for body in cases]))


HAND_MADE_URLENCODED = [
    b"", b"&", b"a", b"=", b"a=b=c", b"a+b=%2B+", b"a=%", b"a=%4", b"a=%zz&b=%%41", b"a=%+1%-1% 1", b"a=\xc3%a9",
    b"a=%ed%a0%80", b"\xff=1", b"a;b=c", b"a=%00", b"a=1&a=2", b"&" * 2000 + b"a=1", b"a&" * 999 + b"a",
    b"a&" * 1000 + b"a", b"a=%EF%BB%BF",
]


def test_urlencoded():
    generated = bodies.generated(SEED, GENERATED, bodies.urlencoded_body, bodies.URLENCODED_TOKENS)
    cases = HAND_MADE_URLENCODED + list(generated)
    ours = [
        answer if isinstance(answer, str) else [(name, text.decode()) for name, _, text in answer]
        for answer in decode(b"application/x-www-form-urlencoded", cases)
    ]
    theirs = [others.urlencoded_pairs(body) for body in cases]
    assert_all_seen(compare("parse_qsl", differences.URLENCODED, cases, ours, theirs))


def form(*headers, content=b"v", end=b"--B--\r\n"):
    return b"--B\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + content + b"\r\n" + end


NAMED = b"Content-Disposition: form-data; name=a"
HAND_MADE_MULTIPART = [
    form(NAMED), form(NAMED, content=b""), form(NAMED, end=b""), form(NAMED, end=b"--B--"), form(NAMED, end=b"--B--x"),
    form(NAMED, end=b"--B\r\n"), form(NAMED).replace(b"\r\n", b"\n"), form(NAMED).replace(b"\r\n", b"\r"),
    form(NAMED, content=b"x\n--B\ny"), form(NAMED, content=b"x\r--B--\ry"), form(NAMED, content=b"x\r\n--By"),
    form(NAMED, content=b"x\r\n--B\v\r\ny"), b"x" + form(NAMED), b"x\r\n" + form(NAMED), form(NAMED) + b"\r\nx",
    form(NAMED, content=b"--B\r\n" + NAMED + b"\r\n\r\nw"), b"--B--\r\n", b"--B--", b"x\r\n--B--",
    form(NAMED + b"; ; x=y"), form(NAMED + b";"), form(NAMED.replace(b";", b";;")), form(b"", NAMED), form(NAMED.replace(b";", b" ;")), form(NAMED + b"; name=b"),
    form(NAMED + b"; name*=UTF-8''b"), form(b'Content-Disposition: form-data; name="a\\"b"'), form(NAMED + b"; x"),
    form(NAMED + b" b"), form(b"Content-Disposition: attachment; name=a"), form(b"Content-Disposition: form-data; x=y"),
    form(NAMED + b"; filename=f"), form(NAMED + b'; filename=""'), form(NAMED + b"; filename*=UTF-8''f"),
    form(NAMED, NAMED), form(NAMED, b"X: y\0"), form(NAMED, b"X: y\rZ: z"), form(NAMED, b"X : y"), form(NAMED, b"x"),
    form(b"X: y", b" folded", NAMED), form(NAMED + b";", b" x=y"), form(b"X: y"), form(NAMED, b"X: \xff"),
    form(NAMED, content=b"\xff"), form(NAMED + b"; filename=f", content=b"\xff"),
    form(NAMED, b"Content-Transfer-Encoding: base64", content=b"dg=="), form(NAMED, b"Content-Transfer-Encoding: 8bit"),
    form(NAMED.replace(b"=a", b"=url"), b"Content-Type: text/plain; charset=latin1"), form(b""),
    form(NAMED.replace(b"=a", b"=url"), b"Content-Type: text/plain; charset=latin1", content=b"\xc3\xa9"),
    form(NAMED.replace(b"=a", b"=url") + b"; filename=f", b"Content-Type: application/json", content=b"{}"),
    form(NAMED, b"Content-Type: text/plain; charset=latin1"), form(b"Content-Disposition: form-data; name="),
    form(b"Content-Disposition: form-data; xname=a"), form(b"Content-Type: text/plain; name=x", b"Content-Disposition: form-data"),
    form(NAMED, end=b"--B\r\n\r\nv\r\n--B--"), form(NAMED, content=b"--B\r\nX: y\r\n\r\nw"),
]


def multipart_answers(cases):
    return [
        answer if isinstance(answer, str) else [
            (name, kind.endswith("file"), b"" if kind.endswith("file") else text) for name, kind, text in answer]
        for answer in decode(others.MULTIPART_TYPE, cases)
    ]


@pytest.mark.parametrize("other", ["werkzeug", "email"])
def test_multipart(other):
    generated = bodies.generated(SEED, GENERATED, lambda rng: bodies.multipart_body(rng)[0], bodies.MULTIPART_TOKENS)
    cases = HAND_MADE_MULTIPART + list(generated)
    read = {"werkzeug": others.multipart_werkzeug, "email": others.multipart_email}[other]
    seen = compare(other, differences.MULTIPART, cases, multipart_answers(cases), [read(body) for body in cases])
    assert_all_seen(seen)


def test_valid_multipart_is_read_as_it_was_meant():
    rng = random.Random(SEED)
    made = [bodies.multipart_body(rng) for _ in range(GENERATED)]
    for (body, fields), answer in zip(made, multipart_answers([body for body, _ in made]), strict=True):
        meant = [(name, is_file, b"" if is_file else content) for name, is_file, content in fields]
        assert answer == meant, body
