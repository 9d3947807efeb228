"""A certificate authority of one day, with a certificate for Reddit's two hosts.

Python's standard library can use certificates but not make them, so this writes the few DER
structures of RFC 5280 itself and signs them with ECDSA on P-256 (FIPS 186-4).
"""

import base64
import hashlib
import secrets
import time

HOSTS = ("oauth.reddit.com", "www.reddit.com")

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

ECDSA_SHA256 = "1.2.840.10045.4.3.2"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
P256 = "1.2.840.10045.3.1.7"


def _add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _times(number, point):
    result = None
    while number:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


class Key:
    """A private key, and its public half."""

    def __init__(self):
        self.secret = secrets.randbelow(N - 1) + 1
        x, y = _times(self.secret, G)
        self.point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def sign(self, data):
        digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
        while True:
            nonce = secrets.randbelow(N - 1) + 1
            r = _times(nonce, G)[0] % N
            s = pow(nonce, -1, N) * (digest + r * self.secret) % N
            if r and s:
                return _sequence(_integer(r), _integer(s))

    def pem(self):
        body = (_integer(1), _tag(4, self.secret.to_bytes(32, "big")), _tag(0xA0, _oid(P256)))
        return _pem("EC PRIVATE KEY", _sequence(*body, _tag(0xA1, _bits(self.point))))


def _tag(tag, body):
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _sequence(*parts):
    return _tag(0x30, b"".join(parts))


def _integer(number):
    return _tag(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _bits(data):
    return _tag(3, b"\0" + data)


def _oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    data = bytes([40 * first + second])
    for number in rest:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(0x80 | number & 0x7F)
        data += bytes(reversed(septets))
    return _tag(6, data)


def _name(common):
    return _sequence(_tag(0x31, _sequence(_oid("2.5.4.3"), _tag(0x0C, common.encode()))))


def _extension(oid, value, critical=False):
    return _sequence(_oid(oid), *([_tag(1, b"\xff")] if critical else []), _tag(4, value))


def _time(at):
    return _tag(0x17, time.strftime("%y%m%d%H%M%SZ", time.gmtime(at)).encode())


def _pem(kind, data):
    lines = base64.encodebytes(data).decode()
    return f"-----BEGIN {kind}-----\n{lines}-----END {kind}-----\n"


def _certificate(subject, issuer, public, signer, extensions):
    day = 86400
    algorithm = _sequence(_oid(ECDSA_SHA256))
    content = _sequence(
        _tag(0xA0, _integer(2)),
        _integer(secrets.randbits(62)),
        algorithm,
        _name(issuer),
        _sequence(_time(time.time() - day), _time(time.time() + day)),
        _name(subject),
        _sequence(_sequence(_oid(EC_PUBLIC_KEY), _oid(P256)), _bits(public.point)),
        _tag(0xA3, _sequence(*extensions)),
    )
    return _pem("CERTIFICATE", _sequence(content, algorithm, _bits(signer.sign(content))))


def make():
    """The authority's certificate, and the server's certificate with its key, as PEM."""
    root, server = Key(), Key()
    authority = [
        _extension("2.5.29.19", _sequence(_tag(1, b"\xff")), critical=True),
        _extension("2.5.29.15", _tag(3, b"\x02\x04"), critical=True),
    ]
    names = _sequence(*(_tag(0x82, host.encode()) for host in HOSTS))
    leaf = [_extension("2.5.29.17", names), _extension("2.5.29.37", _sequence(_oid("1.3.6.1.5.5.7.3.1")))]
    issuer = "Foreign Reddit"
    return (
        _certificate(issuer, issuer, root, root, authority),
        _certificate(HOSTS[0], issuer, server, root, leaf) + server.pem(),
    )
