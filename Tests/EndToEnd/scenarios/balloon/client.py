# SPDX-License-Identifier: Apache-2.0
"""Drives a balloon through the monitor and prints one JSON object: what was said, and what the process holds."""
import asyncio
import json
import os
import sys

from console import Console, leave
from qemu.qmp import ExecuteError, QMPClient

MIB = 1 << 20
BALLOON = "/machine/peripheral/balloon0"


def resident(process):
    """The resident bytes of a process."""
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def settle(client, listener, target):
    """Sets the target, and waits for the event that says that the guest has reached it."""
    await client.execute("balloon", {"value": target})
    while True:
        event = await asyncio.wait_for(listener.get(), 60)
        if event["event"] == "BALLOON_CHANGE" and event["data"]["actual"] == target:
            return event


async def statistics(client):
    """Asks for statistics every second; nothing tells a client that they have come."""
    await client.execute("qom-set", {"path": BALLOON, "property": "guest-stats-polling-interval", "value": 1})
    for _ in range(300):
        told = await client.execute("qom-get", {"path": BALLOON, "property": "guest-stats"})
        if told["stats"]["stat-free-memory"] < 110 * MIB:
            return told
        await asyncio.sleep(0.1)
    return told


async def main(path, words, process):
    said = {}
    console = await Console().open()
    _, guest = await asyncio.open_unix_connection(words)
    client = QMPClient("end to end")
    await client.connect(path)
    with client.listener() as listener:
        said["full"] = await client.execute("query-balloon")
        said["resident"] = resident(process)
        said["inflated"] = await settle(client, listener, 128 * MIB)
        said["less"] = await client.execute("query-balloon")
        said["resident-less"] = resident(process)
        said["statistics"] = await statistics(client)
        said["interval"] = await client.execute(
            "qom-get", {"path": BALLOON, "property": "guest-stats-polling-interval"})

        guest.write(b"take\n")
        await guest.drain()
        await console.until("guest: took")
        said["taken"] = await client.execute("query-balloon")

        said["deflated"] = await settle(client, listener, 320 * MIB)
        try:
            await client.execute("qom-get", {"path": "/machine/peripheral/other", "property": "guest-stats"})
        except ExecuteError as error:
            said["error"] = error.error.error.class_
        guest.write(b"end\n")
        await guest.drain()
        while (await asyncio.wait_for(listener.get(), 60))["event"] != "SHUTDOWN":
            pass
    await leave(client)
    print(json.dumps(said, default=dict))


asyncio.run(main(*sys.argv[1:]))
