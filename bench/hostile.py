"""Hostile clients: they hold connections open and send or read almost nothing."""

import asyncio
import collections
import socket
import threading
import time

BETWEEN_BYTES_SECONDS = 0.2
OF_EACH_KIND = 2
# On one connection, for more answer than the kernel buffers: 4 MiB by default on Linux.
QUESTIONS = 300


class Hostile:
    """All of them run on one event loop in a separate thread. What they receive is not checked."""

    def __init__(self, targets):
        """Takes the ports to harm, each with a path that answers with much and the body to post to it, or none."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, args=(targets,), daemon=True)
        self.made, self.longest = 0, collections.Counter()
        self.thread.start()

    def run(self, targets):
        asyncio.set_event_loop(self.loop)
        kinds = (slow_head, slow_body, slow_reader, half_open)
        self.tasks = [
            self.loop.create_task(self.again_and_again(kind, *target))
            for target in targets for kind in kinds for _ in range(OF_EACH_KIND)
        ]
        self.loop.run_forever()
        # Closes their connections before open files are counted.
        for task in self.tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*self.tasks, return_exceptions=True))
        self.loop.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def again_and_again(self, kind, port, path, body):
        while True:
            begun = time.monotonic()
            connection = socket.socket()
            try:
                # A small window, so that what is not read stays with the service.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                connection.setblocking(False)
                await self.loop.sock_connect(connection, ("127.0.0.1", port))
                self.made += 1
                await kind(self.loop, connection, path, body)
            except OSError:
                pass
            finally:
                connection.close()
                self.longest[kind.__name__] = max(self.longest[kind.__name__], time.monotonic() - begun)
            await asyncio.sleep(BETWEEN_BYTES_SECONDS)

    def __str__(self):
        held = ", ".join(f"{kind} {seconds:.0f} s" for kind, seconds in sorted(self.longest.items()))
        return f"{self.made} hostile connections, held at most: {held}"


async def slow_head(loop, connection, *_):
    await loop.sock_sendall(connection, b"GET /health HTTP/1.1\r\nhost: h\r\nx-slow: ")
    await byte_by_byte(loop, connection)


async def slow_body(loop, connection, path, body):
    await loop.sock_sendall(connection, head(path, 10_000))
    await byte_by_byte(loop, connection)


async def slow_reader(loop, connection, path, body):
    question = head(path, len(body)) + body.encode() if body else head(path, None)
    # The service stops reading once it cannot write, so requests must be sent while reading.
    asking = asyncio.ensure_future(loop.sock_sendall(connection, question * QUESTIONS))
    try:
        while await loop.sock_recv(connection, 1):
            await asyncio.sleep(1)
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def half_open(loop, connection, *_):
    await loop.sock_recv(connection, 1)


async def byte_by_byte(loop, connection):
    """Sends until the service hangs up or answers."""
    ended = asyncio.ensure_future(loop.sock_recv(connection, 1))
    try:
        while not ended.done():
            await loop.sock_sendall(connection, b"a")
            await asyncio.wait((ended,), timeout=BETWEEN_BYTES_SECONDS)
        ended.result()
    finally:
        ended.cancel()


def head(path, length):
    """The head of a request, with a body where there is a length."""
    first = f"GET {path}" if length is None else f"POST {path}"
    more = "" if length is None else f"content-type: application/json\r\ncontent-length: {length}\r\n"
    return f"{first} HTTP/1.1\r\nhost: h\r\naccept: image/svg+xml, */*;q=0.5\r\n{more}\r\n".encode()
