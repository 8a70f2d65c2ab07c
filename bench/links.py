"""TCP links between the processes that can be cut or fall silent, so that a network fails and not only a process."""

import asyncio
import threading

from system import free_port

PASS, CUT, SILENT = "pass", "cut", "silent"


class Links:
    """One event loop on a thread of its own for all links."""

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
        self.port, self.target, self.mode, self.writers = free_port(), target, PASS, set()

    async def open(self):
        self.server = await asyncio.start_server(self.carry, "127.0.0.1", self.port)

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
                await asyncio.gather(self.pour(reader, far_writer), self.pour(far_reader, writer))
            finally:
                self.writers.discard(far_writer)
                far_writer.transport.abort()
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            writer.transport.abort()

    async def pour(self, reader, writer):
        while True:
            some = await reader.read(65536)
            # A silent link loses nothing: it delivers once it is mended, as a stalled route does.
            while self.mode == SILENT:
                await asyncio.sleep(0.02)
            if not some:
                break
            writer.write(some)
            await writer.drain()
        if writer.can_write_eof() and not writer.transport.is_closing():
            writer.write_eof()
