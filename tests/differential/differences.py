"""Every deliberate difference between our decoders and the others: its name, its reason, and how to recognise it.

A difference applies to a body that ours refuses with a message like `message`. Without a `message`, it applies to a
body that ours reads, but not as the other one does, which may refuse it. Independently of our answer, the body must
have what `found_in` looks for.
"""

import re
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Difference:
    name: str
    reason: str
    found_in: Callable[[bytes], bool]
    message: str | None = None
    against: frozenset = frozenset()

    def explains(self, other, body, ours):
        if self.against and other not in self.against:
            return False
        if isinstance(ours, str) != (self.message is not None):
            return False
        return (self.message is None or re.search(self.message, ours) is not None) and self.found_in(body)


def has(pattern):
    compiled = re.compile(pattern, re.DOTALL)
    return lambda body: compiled.search(body) is not None


def lacks(pattern):
    compiled = re.compile(pattern, re.DOTALL)
    return lambda body: compiled.search(body) is None


def is_not_utf8(body):
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def nests_deeper(levels):
    def deeper(body):
        depth = deepest = 0
        for byte in re.sub(rb'"(?:\\.|[^"\\])*"', b"", body):
            depth += (byte in b"[{") - (byte in b"]}")
            deepest = max(deepest, depth)
        return deepest > levels

    return deeper


JSON = [
    Difference("not an object", "a form has names; the JSON is fine", lacks(rb"^[ \t\r\n]*\{"),
               r"^Invalid data\. Expected a dictionary, but got (list|str|int|float|bool|NoneType)\.$"),
    Difference("NaN and Infinity", "are no JSON (RFC 8259, section 6)", has(rb"NaN|Infinity"), "Invalid value|Missing a"),
    Difference("escaped lone surrogates", "are no text, and could not be stored", has(rb"\\u[dD][89a-fA-F]"),
               "surrogate pair in string is invalid"),
    Difference("surrogates in UTF-8", "are not UTF-8 (RFC 3629)", has(rb"\xed[\xa0-\xbf]"), r"Invalid UTF-8\."),
    Difference("byte order mark", "must not be added (RFC 8259, section 8.1)", has(rb"^\xef\xbb\xbf"), "byte order mark"),
    Difference("UTF-16 and UTF-32", "JSON between systems is UTF-8 (RFC 8259, section 8.1)",
               has(rb"^(\xff\xfe|\xfe\xff|\0|.\0)"), "JSON parse error"),
    Difference("deep nesting", "costs memory and means nothing here", nests_deeper(100), "Nested deeper than 100"),
]

URLENCODED = [
    Difference("empty pairs do not count", "the URL standard skips them", has(b"&&|^&|&$")),
]

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER = TOKEN + rb'=(?:' + TOKEN + rb'|"(?:\\.|[^"\\])*")?'
DISPOSITION_LINE = re.compile(rb"\r\nContent-Disposition:([^\r\n]*)", re.IGNORECASE)
STRICT_DISPOSITION = re.compile(rb"[ \t]*form-data[ \t]*(?:;[ \t]*(?:" + PARAMETER + rb")?[ \t]*)*", re.IGNORECASE)


def has_loose_disposition(body):
    lines = DISPOSITION_LINE.findall(body)
    return any(not STRICT_DISPOSITION.fullmatch(line) or re.search(rb"[; \t]name=(;|\Z)", line) for line in lines)


BARE_LINE_END = rb"(?:\r(?!\n)|(?<!\r)\n)"
WERKZEUG = frozenset({"werkzeug"})
EMAIL = frozenset({"email"})

MULTIPART = [
    # Bodies that ours refuses and others guess at.
    Difference("text is UTF-8", "anything else can be read in several ways", is_not_utf8, r"Invalid UTF-8"),
    Difference("only form-data", "what another disposition means is not defined (RFC 7578, section 4.2)",
               has(rb"(?i)content-disposition:(?![ \t]*form-data[ \t]*(;|\r\n))"), "is not form-data"),
    Difference("the grammar of parameters", "others skip what they don't understand, each another part of it",
               has_loose_disposition, "Malformed parameter"),
    Difference("no name", "a part without one is no field", has(rb"(?i)content-disposition:(?!.*?[; ]name=)|name"),
               "has no name"),
    Difference("a repeated name", "others take the first, or the last", has(rb"(?i)name=.*;[ \t]*name="), "repeated name"),
    Difference("an extended name", "RFC 7578, section 4.2, forbids it; some take it for the name", has(rb"(?i)name\*"),
               "extended name"),
    Difference("an escaped name", "some take the backslash for an escape, some don't", has(rb'name="[^"\r\n]*\\'),
               "backslash"),
    Difference("a repeated Content-Disposition", "others take the first, or the last",
               has(rb"(?i)content-disposition:.*\r\ncontent-disposition:"), "repeated Content-Disposition"),
    Difference("control characters in headers", "some end the line there, some the text",
               has(BARE_LINE_END + rb"|\0"), "bare CR, LF or NUL"),
    Difference("header names are tokens", "others trim or skip the header, or end the headers there",
               has(rb"\r\n(?!" + TOKEN + rb":)[^\r\n]*:"), "Malformed header name"),
    Difference("a header without a colon", "others skip it, or end the headers there", has(rb"\r\n[^:\r\n]+\r\n"),
               "without a colon"),
    Difference("folded headers", "obsolete (RFC 9112, section 5.2), and read in several ways", has(rb"\r\n[ \t]"),
               "folded header"),
    Difference("an empty line ends the headers", "others skip it before the first header", has(rb"--B[ \t]*\r\n\r\n"),
               "no Content-Disposition", against=WERKZEUG),
    Difference("transfer encodings", "are deprecated (RFC 7578, section 4.7), and not decoded",
               has(rb"(?i)content-transfer-encoding:(?![ \t]*(7bit|8bit|binary)[ \t]*\r\n)"), "Content-Transfer-Encoding"),
    Difference("charset of a part", "only UTF-8 is read",
               has(rb"(?i)charset=(?![ \t]*\"?(utf-?8|us-ascii)\"?[ \t]*(;|\r\n))"), "Unsupported charset"),
    Difference("the closing delimiter is there", "a body cut off is not complete",
               lacks(rb"(^|\r\n)--B--[ \t]*(\r\n|\Z)"), "closing delimiter is missing"),
    Difference("the closing delimiter is alone on its line", "others end the form there, or don't",
               has(rb"(^|\r\n)--B--(?![ \t]*(\r\n|\Z))"), "Text follows the closing delimiter"),
    # Bodies that ours reads, and others read differently or refuse.
    Difference("lines end in CRLF alone", "RFC 2046, section 4.1.1; others take a bare CR or LF for a line end",
               has(rb"(?<!\r)\n--B|\r--B|--B(?:--)?[ \t]*" + BARE_LINE_END)),
    Difference("a delimiter is padded with spaces and tabs", "RFC 2046, section 5.1.1; others take any white space",
               has(rb"--B(--)?[ \t]*[\v\f]"), against=WERKZEUG),
    Difference("a delimiter begins its line", "RFC 2046, section 5.1.1; others find the first one anywhere",
               has(rb"[^\r\n]--B"), against=WERKZEUG),
    Difference("a delimiter right after the headers", "RFC 2046, section 5.1.1: a part may be headers alone",
               has(rb"\r\n\r\n--B"), against=WERKZEUG),
    Difference("a delimiter right after the headers, before a faulty part", "the same; to others that part is content",
               has(rb"\r\n\r\n--B[ \t]*\r\n"), "Multipart parse error", against=WERKZEUG),
    Difference("empty parameters", "RFC 9110, section 5.6.6", has(rb"form-data[^\r\n]*;[ \t]*(;|\r\n)"), against=WERKZEUG),
    Difference("white space before a semicolon", "RFC 9110, section 5.6.6", has(rb"form-data[^\r\n]*[ \t];"),
               against=WERKZEUG),
    Difference("no parts at all", "an empty form is one, whatever its preamble", has(rb"(^|\r\n)--B--"), against=EMAIL),
]
