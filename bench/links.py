"""TCP links between the processes that can be cut or fall silent, so that a network fails and not only a process.

One can also be made to lie, to prove that a wrong number is found.
"""

import asyncio
import pathlib
import random
import re
import socket
import threading

from system import free_port

# A close and what follows it; one split between two reads passes unchanged.
CLOSE = re.compile(rb'"close":[0-9]+\.[0-9]*?([0-9])(?=[,}])')
PASS, CUT, SILENT = "pass", "cut", "silent"


def steady_port():
    """A free port for a process that dies and comes back: below those the kernel gives to outgoing connections,
    one of which could otherwise hold it by then."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    if lowest < 12_000:
        return free_port()
    while True:
        port = random.SystemRandom().randrange(10_000, lowest)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Links:
    """One event loop in a separate thread for all links."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def link(self, target):
        """Opens a link to a loopback port."""
        link = Link(target)
        asyncio.run_coroutine_threadsafe(link.open(), self.loop).result()
        return link

    def set(self, link, mode):
        asyncio.run_coroutine_threadsafe(link.set(mode), self.loop).result()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class Link:
    def __init__(self, target):
        self.target, self.mode, self.lies, self.writers = target, PASS, False, set()
        # Seconds by which everything arrives later, as on a long way.
        self.delay = 0

    async def open(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def set(self, mode):
        self.mode = mode
        if mode == CUT:
            for writer in list(self.writers):
                writer.transport.abort()

    async def carry(self, reader, writer):
        self.writers.add(writer)
        try:
            if self.mode == CUT:
                writer.transport.abort()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(far_writer)
            try:
                await asyncio.gather(self.pour(reader, far_writer), self.pour(far_reader, writer, answers=True))
            finally:
                self.writers.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.transport.abort()

    async def pour(self, reader, writer, answers=False):
        while True:
            some = await reader.read(65536)
            # A silent link loses nothing: it delivers once it works again, like a stalled route.
            while self.mode == SILENT:
                await asyncio.sleep(0.02)
            if not some:
                break
            some = alter(some) if self.lies and answers else some
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, writer.write, some)
                continue
            writer.write(some)
            await writer.drain()
        await asyncio.sleep(self.delay)
        if writer.can_write_eof() and not writer.transport.is_closing():
            writer.write_eof()


def alter(some):
    """Changes the last digit of the last close in passing JSON, and no length."""
    found = None
    for found in CLOSE.finditer(some):
        pass
    if found is None:
        return some
    at = found.start(1)
    return some[:at] + str((int(some[at:at + 1]) + 1) % 10).encode() + some[at + 1:]
