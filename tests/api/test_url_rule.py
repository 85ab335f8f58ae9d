"""Which webhook URLs are accepted, which are not URLs, and which lead where deliveries may not go."""

import pytest
from support.http_client import CONTENT_TYPES

from expect import NOT_ALLOWED, NOT_URL, expect_fields, expect_registered

LABEL_63 = "a" * 63
HOST_253 = ".".join([LABEL_63, LABEL_63, LABEL_63, "a" * 61])

VALID = [
    "https://example.com", "https://example.com/", "https://example.com/a/b;c=d?e=f&g", "HTTPS://EXAMPLE.COM/",
    "hTtPs://Example.Com/Path", "https://a", "https://hooks", "https://a.b", "https://a_b.example",
    "https://_dmarc.a.com",
    "https://a--b.example.com", "https://xn--bcher-kva.example", "https://example.com.", "https://example.com./x",
    "https://1.example.com", "https://1a.2b", "https://123.com", "https://example.com:443", "https://example.com:1/",
    "https://example.com:65535/", "https://example.com:8443/x", "https://user@example.com/",
    "https://user:pass@example.com/", "https://:pass@example.com/", "https://u%40x:p%3A@example.com",
    "https://example.com?x=1", "https://example.com#fragment", "https://example.com/?", "https://example.com/#",
    "https://example.com/?a=/?:@!$&'()*+,;=-._~", "https://example.com/%41%c3%A9%00", "https://example.com//a//b",
    "https://example.com/../a/./b", "https://8.8.8.8", "https://8.8.8.8:8443/x", "https://1.1.1.1/",
    "https://[2606:4700::1111]/", "https://[2606:4700:0:0:0:0:0:1111]:8443/", "https://[2001:4860:4860::8888]",
    f"https://{LABEL_63}.com/", f"https://{HOST_253}/",
    "https://9.255.255.255", "https://11.0.0.0", "https://126.255.255.255", "https://128.0.0.1",
    "https://172.15.255.255", "https://172.32.0.0", "https://192.167.255.255", "https://192.169.0.0",
    "https://169.253.255.255", "https://169.255.0.0", "https://100.63.255.255", "https://100.128.0.0",
    "https://198.17.255.255", "https://198.20.0.0", "https://223.255.255.255", "https://localhost.example.com",
    "https://notlocalhost", "https://127.0.0.1.example.com",
]

NO_URL = [
    "example", "example.com", "/hook", "//example.com", "?x", "#x", "https", "https:", "https:/", "https://",
    "https:///",
    "https:///path", "https:example.com", "https:/example.com", "http://example.com", "http://127.0.0.1",
    "ftp://example.com",
    "wss://example.com", "httpss://example.com", "xhttps://example.com", "https ://example.com", "javascript:alert(1)",
    "mailto:a@example.com", "file:///etc/passwd", "data:text/plain,x", "://example.com", "https//example.com",
    "https://?x", "https://#x", "https://:443", "https://:443/", "https://@", "https://user@", "https://user@/x",
    # white space and control characters
    "https://exa mple.com", "https://example.com/a b", "https://example.com/a\tb", "https://example.com/a\nb",
    "https://example.com/a\r\nHost: x", "https://example.com/\x01", "https://example.com/\x7f", "https://exam\nple.com",
    "ht tps://example.com", "https://example.com:44 3", "https://example.com/?a b", "https://example.com/#a b",
    # characters RFC 3986 leaves out
    *[f"https://example.com/{character}" for character in '<>"{}|^\\`'],
    *[f"https://example.com/?{character}" for character in '<>"{}|^\\`'],
    *[f"https://example.com/#{character}" for character in '<>"{}|^\\`'],
    *[f"https://ex{character}ample.com/" for character in '<>"{}|^\\`!$&\'()*+,;=~%'],
    "https:\\\\example.com", "https://example.com\\@evil.example", "https://u ser@example.com",
    "https://a@b@example.com",
    # percent signs that don't start an escape
    "https://example.com/%", "https://example.com/%4", "https://example.com/%zz", "https://example.com/%4g",
    "https://example.com/?%", "https://example.com/#%", "https://u%@example.com/", "https://example.com/%%41",
    # not ASCII
    "https://bücher.example", "https://example.com/é", "https://example.com/?q=ü", "https://example。com",
    "https://example.com/\u200b", "https://ｅxample.com", "https://user:\u00e9@example.com",
    # hosts that DNS could not have
    "https://-a.example.com", "https://a-.example.com", "https://a.-b.example", "https://a.b-", "https://-",
    "https://.",
    "https://..", "https://.example.com", "https://example..com", "https://example.com..", "https://a.b..c",
    f"https://{'a' * 64}.com", f"https://{'a' * 64}", f"https://{HOST_253}a", "https://ex%61mple.com",
    "https://example%2ecom",
    # ports
    "https://example.com:", "https://example.com:/", "https://example.com:0", "https://example.com:65536",
    "https://example.com:99999999999999999999", "https://example.com:x", "https://example.com:443x",
    "https://example.com:-1", "https://example.com:+443", "https://example.com:443:443", "https://example.com:0x1bb",
    # things that look like IPv4 addresses
    "https://127.1", "https://1.2.3", "https://127.0.1", "https://2130706433", "https://0x7f000001", "https://0x7f.1",
    "https://0177.0.0.1", "https://01.02.03.04", "https://8.8.8.08", "https://256.1.1.1", "https://1.2.3.256",
    "https://999.999.999.999", "https://0", "https://1", "https://0x7f.0.0.1", "https://8.8.8.0x8", "https://0XA.1.1.1",
    # and like IPv6 addresses
    "https://[]", "https://[::1", "https://::1", "https://[:::1]", "https://[1::2::3]", "https://[g::1]",
    "https://[1.2.3.4]", "https://[fe80::1%25eth0]", "https://[fe80::1%eth0]", "https://[2606:4700::1111%251]",
    "https://[2606:4700::11111]", "https://[1:2:3:4:5:6:7:8:9]", "https://[1:2:3]", "https://2606:4700::1111/",
    "https://[2606:4700::1111]x", "https://[2606:4700::1111]:", "https://[2606:4700::1111]:0",
    "https://x[2606:4700::1111]",
    "https://[v1.a]", "https://[example.com]", "https://[ 2606:4700::1111]",
]

NEVER_ALLOWED = [
    "https://localhost", "https://localhost/", "https://LocalHost:8443/x", "https://localhost.",
    "https://user@localhost/",
    "https://127.0.0.1", "https://127.0.0.1:8443/hook", "https://127.255.255.255", "https://10.0.0.0",
    "https://10.255.255.255",
    "https://172.16.0.0", "https://172.31.255.255", "https://192.168.0.1", "https://192.168.255.255",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.0", "https://100.127.255.255", "https://0.0.0.0",
    "https://0.255.255.255", "https://198.18.0.1", "https://198.19.255.255", "https://192.0.2.1",
    "https://198.51.100.7",
    "https://203.0.113.9", "https://224.0.0.1", "https://239.255.255.255", "https://240.0.0.1",
    "https://255.255.255.255",
    "https://user:pass@127.0.0.1/", "https://[::1]", "https://[::1]:8443/hook", "https://[0:0:0:0:0:0:0:1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[::ffff:10.0.0.1]", "https://[::127.0.0.1]",
    "https://[fe80::1]", "https://[FE80::1]", "https://[fc00::1]", "https://[fd00:ec2::254]", "https://[ff02::1]",
    "https://[2001:db8::1]", "https://[64:ff9b::7f00:1]", "https://[64:ff9b::127.0.0.1]", "https://[2002:7f00:1::]",
]


@pytest.mark.parametrize("url", VALID)
def test_valid(service, url):
    for kind in CONTENT_TYPES:
        expect_registered(service, service.post({"url": url}, kind), url=url)


@pytest.mark.parametrize("url", NO_URL)
def test_no_url(service, stores_nothing, url):
    for kind in CONTENT_TYPES:
        expect_fields(service.post({"url": url}, kind), {"url": NOT_URL})


@pytest.mark.parametrize("url", NEVER_ALLOWED)
def test_never_allowed(service, stores_nothing, url):
    for kind in CONTENT_TYPES:
        expect_fields(service.post({"url": url}, kind), {"url": NOT_ALLOWED})


def test_stored_as_sent(service):
    url = "HTTPS://User@Example.COM:0443/%7ea/../B?q=%c3%a9#Frag"
    expect_registered(service, service.post({"url": f"  {url}\n"}), url=url)
