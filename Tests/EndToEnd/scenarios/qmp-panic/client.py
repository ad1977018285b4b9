# SPDX-License-Identifier: Apache-2.0
"""Lets a guest panic and prints the events that its monitor tells, to the last, as JSON."""
import asyncio
import json
import sys

from console import Console, leave
from qemu.qmp import QMPClient


async def main(path, channel):
    events = []
    console = await Console().open()
    await console.until("guest: listening")
    client = QMPClient("end to end")
    await client.connect(path)
    with client.listener() as listener:
        _, guest = await asyncio.open_unix_connection(channel)
        guest.write(b"panic\n")
        while not events or events[-1]["event"] != "SHUTDOWN":
            events.append(await asyncio.wait_for(listener.get(), 60))
    guest.close()
    await leave(client)
    print(json.dumps(events, default=dict))


asyncio.run(main(*sys.argv[1:]))
