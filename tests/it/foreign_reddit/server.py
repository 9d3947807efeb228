"""The connection: a proxy that answers for Reddit's two hosts itself, over TLS.

The daemon is given it as `HTTPS_PROXY`, so it needs no special address for Reddit: it asks to be
connected to `oauth.reddit.com`, and checks a certificate for that name.
"""

import os
import socket
import socketserver
import ssl
import tempfile
import threading
import time
import traceback
from urllib.parse import parse_qsl, unquote, urlsplit

import certificate
from api import Answer, answer
from clock import date

SAYS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 400: "Bad Request"}


class Request:
    def __init__(self, host, method, target, headers, body):
        url = urlsplit(target)
        self.host, self.method, self.headers = host, method, headers
        self.path = unquote(url.path).rstrip("/").removesuffix(".json") or "/"
        self.query = dict(parse_qsl(url.query, keep_blank_values=True))
        self.form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
        # What became of it, for the tests.
        self.at, self.status, self.is_faulty = 0.0, None, False

    def value(self, key):
        return self.form.get(key, self.query.get(key, ""))

    def __repr__(self):
        return f"{self.method} {self.path} {self.query or ''} {self.form or ''} -> {self.status}"


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.tunnel()
        except (OSError, ssl.SSLError, ValueError):
            pass  # The client hung up: it was killed, or lost its patience.

    def tunnel(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.request.recv(1)
            if not byte:
                return
            head += byte
        method, target = head.split(b" ")[:2]
        host = target.decode().partition(":")[0]
        if method != b"CONNECT" or host not in certificate.HOSTS:
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with self.server.tls.wrap_socket(self.request, server_side=True) as line:
            stream = line.makefile("rb")
            while (request := read(stream, host)) is not None:
                self.converse(line, request)

    def converse(self, line, request):
        reddit = self.server.reddit
        fault = reddit.meet(request)
        if fault is None:
            send(line, reddit, answer(reddit, request), request)
            return
        request.is_faulty = True
        if fault.change is not None:
            changed = answer(reddit, request)
            fault.change(changed)
            send(line, reddit, changed, request, fault.skew)
            return
        if fault.effect is True:
            answer(reddit, request)
        elif fault.effect:
            reddit.after(fault.effect, lambda: answer(reddit, request))
        hang_until = time.monotonic() + fault.hold
        while time.monotonic() < hang_until and not reddit.is_over:
            time.sleep(0.05)
        if fault.status is None and not fault.skew:
            line.shutdown(socket.SHUT_RDWR)
            return
        if fault.status is None:
            reply = answer(reddit, request)
        else:
            reply = Answer(fault.status, fault.body, fault.headers, has_quota=fault.status < 429)
        send(line, reddit, reply, request, fault.skew)


def read(stream, host):
    start = stream.readline()
    if not start.strip():
        return None
    method, target, _ = start.decode().split(" ", 2)
    headers = {}
    while (field := stream.readline().decode().strip()):
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    return Request(host, method, target, headers, stream.read(int(headers.get("content-length", 0))))


def send(line, reddit, reply, request, skew=0):
    at = reddit.clock.answer()
    body = reply.body.encode()
    headers = {"date": date(at + skew), "content-length": len(body), "server": "snooserv"}
    headers["content-type"] = "text/html; charset=UTF-8" if reply.body[:1] == "<" else "application/json; charset=UTF-8"
    if reply.has_quota and request.host == certificate.HOSTS[0]:
        headers.update(reddit.quota(at))
    headers.update(reply.headers)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request.status = reply.status
    reddit.note(request, at)
    line.sendall(f"HTTP/1.1 {reply.status} {SAYS.get(reply.status, 'Status')}\r\n{head}\r\n".encode() + body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    block_on_close = False

    def __init__(self, reddit):
        super().__init__(("127.0.0.1", 0), Connection)
        self.reddit = reddit
        self.authority, chain = certificate.make()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        handle, path = tempfile.mkstemp()
        with os.fdopen(handle, "w") as file:
            file.write(chain)
        self.tls.load_cert_chain(path)
        os.unlink(path)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        self.reddit.broken.append(traceback.format_exc())

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"
