"""The field rules: every message of the contract, in every content type that can cause it."""

import pytest
from support.http_client import BOUNDARY, CONTENT_TYPES, multipart_of, part

from expect import (
    BLANK,
    GOOD_URL,
    NOT_BOOLEAN,
    NOT_STRING,
    NOT_URL,
    NUL,
    NULL,
    REQUIRED,
    expect_fields,
    not_a_choice,
    too_long,
)

pytestmark = pytest.mark.usefixtures("stores_nothing")

LONG_URL = GOOD_URL + "/" + "u" * (2048 - len(GOOD_URL))
URL = {"url": GOOD_URL}

# In any content type: fields sent -> errors.
ANY_TYPE = {
    "nothing": ({}, {"url": REQUIRED}),
    "no url": ({"name": "x", "check_cert": "true", "api_version": "v1"}, {"url": REQUIRED}),
    "url in capitals": ({"URL": GOOD_URL, "Url": GOOD_URL, "url ": GOOD_URL}, {"url": REQUIRED}),
    "empty url": ({"url": ""}, {"url": BLANK}),
    "url of white space": ({"url": " \t\n\u00a0\u3000"}, {"url": BLANK}),
    "url of 2049 characters": ({"url": LONG_URL}, {"url": too_long(2048)}),
    "no url at all": ({"url": "example"}, {"url": NOT_URL}),
    "long and no https": ({"url": "http" + LONG_URL[5:] + "u"}, {"url": [too_long(2048), NOT_URL]}),
    "long and no url": ({"url": "u" * 2049}, {"url": [too_long(2048), NOT_URL]}),
    "name of 256 characters": ({**URL, "name": "n" * 256}, {"name": too_long(255)}),
    "name of 256 emoji": ({**URL, "name": "\N{GRINNING FACE}" * 256}, {"name": too_long(255)}),
    "name of 256 combining marks": ({**URL, "name": "e" + "\u0301" * 255}, {"name": too_long(255)}),
    "name with inner white space too long": ({**URL, "name": "n" + " " * 254 + "n"}, {"name": too_long(255)}),
    "NUL in name": ({**URL, "name": "a\0b"}, {"name": NUL}),
    "NUL alone as name": ({**URL, "name": "\0"}, {"name": NUL}),
    "NUL at the end of name": ({**URL, "name": "ab \0"}, {"name": NUL}),
    "NUL and too long": ({**URL, "name": "n" * 255 + "\0"}, {"name": [too_long(255), NUL]}),
    "check_cert a word": ({**URL, "check_cert": "maybe"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert two": ({**URL, "check_cert": "2"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert number text": ({**URL, "check_cert": "1.0"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert null text": ({**URL, "check_cert": "null"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert with NUL": ({**URL, "check_cert": "true\0"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert not ASCII": ({**URL, "check_cert": "ｔｒｕｅ"}, {"check_cert": NOT_BOOLEAN}),
    "check_cert dotless i": ({**URL, "check_cert": "tr\u0131e"}, {"check_cert": NOT_BOOLEAN}),
    "api_version v9": ({**URL, "api_version": "v9"}, {"api_version": not_a_choice("v9")}),
    "api_version trimmed": ({**URL, "api_version": "\u3000v9 "}, {"api_version": not_a_choice("v9")}),
    "api_version with quotes": ({**URL, "api_version": 'a"b\\'}, {"api_version": not_a_choice('a"b\\')}),
    "api_version not ASCII": ({**URL, "api_version": "ü\u4e16"}, {"api_version": not_a_choice("ü\u4e16")}),
    "api_version with NUL": ({**URL, "api_version": "v1\0"}, {"api_version": not_a_choice("v1\0")}),
    "api_version control": ({**URL, "api_version": "\x01\x7f"}, {"api_version": not_a_choice("\x01\x7f")}),
    "api_version 1": ({**URL, "api_version": "1"}, {"api_version": not_a_choice("1")}),
    "api_version prefix": ({**URL, "api_version": "v"}, {"api_version": not_a_choice("v")}),
    "everything wrong": (
        {"name": "n" * 256, "check_cert": "x", "api_version": "v2"},
        {"url": REQUIRED, "name": too_long(255), "check_cert": NOT_BOOLEAN, "api_version": not_a_choice("v2")},
    ),
    "the last one is the wrong one": (
        [("url", GOOD_URL), ("name", "x"), ("url", "no")],
        {"url": NOT_URL},
    ),
}

NOT_STRINGS = (5, 0, -1, 1.5, 1e300, True, False, [], ["x"], {}, {"a": 1})

JSON_ONLY = {
    "everything null": (
        {"url": None, "name": None, "check_cert": None, "api_version": None},
        {"url": NULL, "name": NULL, "check_cert": NULL, "api_version": NULL},
    ),
    "null counts as the last": ([("url", GOOD_URL), ("url", None)], {"url": NULL}),
    "empty check_cert": ({**URL, "check_cert": ""}, {"check_cert": NOT_BOOLEAN}),
    "check_cert of white space": ({**URL, "check_cert": " "}, {"check_cert": NOT_BOOLEAN}),
    "empty api_version": ({**URL, "api_version": ""}, {"api_version": not_a_choice("")}),
    **{f"url {value}": ({"url": value}, {"url": NOT_STRING}) for value in NOT_STRINGS},
    **{f"name {value}": ({**URL, "name": value}, {"name": NOT_STRING}) for value in NOT_STRINGS},
    **{f"api_version {value}": ({**URL, "api_version": value}, {"api_version": NOT_STRING}) for value in NOT_STRINGS},
    **{
        f"check_cert {value}": ({**URL, "check_cert": value}, {"check_cert": NOT_BOOLEAN})
        for value in (2, -1, 0.5, 10, 1e300, 1e-3, [], [True], {}, {"a": True})
    },
    "everything of a wrong type": (
        {"url": 1, "name": [], "check_cert": {}, "api_version": 1.5},
        {"url": NOT_STRING, "name": NOT_STRING, "check_cert": NOT_BOOLEAN, "api_version": NOT_STRING},
    ),
}


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("case", ANY_TYPE)
def test_messages(service, kind, case):
    fields, errors = ANY_TYPE[case]
    expect_fields(service.post(fields, kind), errors)


@pytest.mark.parametrize("case", JSON_ONLY)
def test_messages_of_json_types(service, case):
    fields, errors = JSON_ONLY[case]
    expect_fields(service.post(fields, "json"), errors)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_nul_in_url(service, kind):
    response = service.post({"url": f"{GOOD_URL}\0"}, kind)
    assert response.status == 400
    assert NUL in response.json()["url"] and list(response.json()) == ["url"]


@pytest.mark.parametrize("number", ["1e999999", "123456789012345678901234567890", "-1e-5", "11", "1e1"])
def test_numbers_that_are_neither_one_nor_zero(service, number):
    response = service.send(f'{{"url": "{GOOD_URL}", "check_cert": {number}}}'.encode())
    expect_fields(response, {"check_cert": NOT_BOOLEAN})


FILE_PARAMETERS = (b'; filename="x.txt"', b'; filename=""', b"; filename=x", b"; filename*=UTF-8''x",
                   b"; filename*=utf-8''x; filename=\"x\"")


@pytest.mark.parametrize("parameter", FILE_PARAMETERS)
@pytest.mark.parametrize("name", ["url", "name", "check_cert", "api_version"])
def test_files_are_no_values(service, name, parameter):
    others = [part("url", GOOD_URL)] if name != "url" else []
    values = {"url": GOOD_URL, "name": "x", "check_cert": "true", "api_version": "v1"}
    body = multipart_of([*others, part(name, values[name], parameter, ["Content-Type: text/plain"])])
    expect_fields(service.send(body, f"multipart/form-data; boundary={BOUNDARY}"), {name: NOT_STRING})


def test_every_field_a_file(service):
    names = ("url", "name", "check_cert", "api_version")
    body = multipart_of([part(name, b"\x00x", b'; filename="f"') for name in names])
    response = service.send(body, f"multipart/form-data; boundary={BOUNDARY}")
    expect_fields(response, {name: NOT_STRING for name in names})


def test_a_file_after_a_text_of_that_name_counts(service):
    body = multipart_of([part("url", GOOD_URL), part("url", GOOD_URL, b'; filename=""')])
    expect_fields(service.send(body, f"multipart/form-data; boundary={BOUNDARY}"), {"url": NOT_STRING})
