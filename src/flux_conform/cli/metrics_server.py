"""Serves metrics over HTTP, for Prometheus to fetch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from threading import Thread

from flux_conform.cli.common import UsageError

DEFAULT_HOST = "127.0.0.1"

_MOST_PORT = 65535


def parse_address(text: str) -> tuple[str, int]:
    """The host and the port of `HOST:PORT`, `:PORT` or `PORT`. Raises UsageError.

    Without a host it is this computer alone.
    """
    host, _, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= len(str(_MOST_PORT))
    if not is_port or int(port) > _MOST_PORT:
        raise UsageError(f"--metrics {text}: give HOST:PORT, or PORT for {DEFAULT_HOST}")
    return host.removeprefix("[").removesuffix("]") or DEFAULT_HOST, int(port)


@contextmanager
def serving(address: str, content_type: str, text: Callable[[], str | None]) -> Iterator[str]:
    """Serve a text at /metrics of the address during the block, and give its URL.

    Where the text is None, the answer is that it is not ready.
    Raises UsageError where nothing can be served there.
    """
    host, port = parse_address(address)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # of a client that says nothing

        def do_GET(self) -> None:
            if self.path.partition("?")[0] not in ("/", "/metrics"):
                self.send_error(404)
                return
            told = text()
            if told is None:
                self.send_error(503, "not ready")
                return
            body = told.encode()
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: standard error is for findings."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = AF_INET6 if ":" in host else AF_INET

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a client that went away."""

    try:
        server = Server((host, port), Handler)
    except OSError as error:
        raise UsageError(f"--metrics {address}: {error.strerror or error}") from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{server.server_address[1]}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
