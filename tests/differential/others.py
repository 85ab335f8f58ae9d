"""How others read the same bodies. Each function returns what it read, or None if it refuses."""

import email.parser
import email.policy
import json
import urllib.parse

from werkzeug.sansio import multipart as werkzeug

MULTIPART_TYPE = b"multipart/form-data; boundary=B"


class Number(str):
    """A JSON number as it is written."""


class Members(list):
    """A JSON object as pairs, repeated names included."""


def json_values(text):
    """The standard library's json, told to keep numbers as spelled and to keep repeated names."""
    try:
        return json.loads(text, object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=Number)
    except (ValueError, RecursionError):
        return None


def last_of_each_name(value):
    """The value with none of its objects' names repeated: the last member of each stays, where it is."""
    if isinstance(value, Members):
        last = {name: index for index, (name, _) in enumerate(value)}
        return Members((name, last_of_each_name(member)) for index, (name, member) in enumerate(value) if last[name] == index)
    return [last_of_each_name(member) for member in value] if isinstance(value, list) else value


def json_fields(text):
    """The members of an object, repeated ones included. Within them no name is repeated."""
    value = json_values(text)
    if isinstance(value, Members):
        return Members((name, last_of_each_name(member)) for name, member in value)
    return value


def urlencoded_pairs(body):
    """The standard library's parse_qsl, byte for byte: each byte is passed as one character."""
    try:
        pairs = urllib.parse.parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1",
                                       max_num_fields=1000)
        return [tuple(word.encode("latin-1").decode() for word in pair) for pair in pairs]
    except ValueError:
        return None


def multipart_werkzeug(body):
    """Werkzeug's decoder: (name, is it a file, its content or b"" of a file) of each part.

    A part in which it finds no name counts as one that it can't read, here and below.
    """
    decoder = werkzeug.MultipartDecoder(b"B")
    decoder.receive_data(body)
    decoder.receive_data(None)
    fields = []
    try:
        while not isinstance(event := decoder.next_event(), werkzeug.Epilogue):
            if isinstance(event, (werkzeug.Field, werkzeug.File)):
                fields.append((event.name, isinstance(event, werkzeug.File), b""))
            elif isinstance(event, werkzeug.Data):
                name, is_file, content = fields[-1]
                fields[-1] = (name, is_file, b"" if is_file else content + event.data)
    except (ValueError, LookupError):
        return None
    return fields if all(name is not None for name, _, _ in fields) else None


class RawHeaders(email.policy.Compat32):
    """Headers as they came, bytes that are not ASCII as surrogates."""

    def header_fetch_parse(self, name, value):
        return value


def multipart_email(body):
    """The standard library's mail parser."""
    head = b"Content-Type: " + MULTIPART_TYPE + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=RawHeaders()).parsebytes(head + body)
    if message.defects or not message.is_multipart():
        return None
    fields = []
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str) or part.defects:
            return None
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        is_file = part.get_param("filename", header="content-disposition") is not None
        fields.append((name, is_file, b"" if is_file else part.get_payload(decode=True)))
    return fields
