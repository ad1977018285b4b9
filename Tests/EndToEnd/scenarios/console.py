# SPDX-License-Identifier: Apache-2.0
"""What the clients of the monitor share."""
import asyncio
import sys


class Console:
    """The machine's console, line by line on standard input."""

    async def open(self):
        self.lines = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(self.lines)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        return self

    async def until(self, text):
        while line := await self.lines.readline():
            if text in line.decode(errors="replace"):
                return
        raise EOFError(f"the machine ended before it said: {text}")


async def leave(client):
    """Ends a session with a monitor whose machine may have gone first."""
    try:
        await client.disconnect()
    except EOFError:
        pass
