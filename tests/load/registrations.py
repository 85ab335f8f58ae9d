"""The requests of a load, as bytes: each target once in each content type, with the keys in turn."""

import random
import urllib.parse

from support.http_client import CONTENT_TYPES, encode, request_bytes

TYPES = (*CONTENT_TYPES, "mixed")


def registrations(service, access, kind, name):
    """In random order, which is the same every time. All webhooks get that name."""
    url = urllib.parse.urlsplit(service.url)
    kinds = CONTENT_TYPES if kind == "mixed" else (kind,)
    bodies = [encode(one, {"url": service.receiver, "name": name}) for one in kinds]
    count = max(len(access.targets), len(access.keys))
    requests = []
    for number in range(count):
        key, target = access.keys[number % len(access.keys)], access.targets[number % len(access.targets)]
        for content_type, body in bodies:
            headers = [("Authorization", f"JWT {key}"), ("Content-Type", content_type)]
            path = f"{url.path}/targets/{target}/webhooks/"
            requests.append(request_bytes("POST", path, headers, body, host=url.netloc))
    random.Random(0).shuffle(requests)
    return requests
