# SPDX-License-Identifier: Apache-2.0
"""Drives a machine through its monitor and prints one JSON object: what each command and event said."""
import asyncio
import json
import sys

from console import Console, leave
from qemu.qmp import ExecuteError, QMPClient


async def next_event(listener, name):
    while True:
        event = await asyncio.wait_for(listener.get(), 60)
        if event["event"] == name:
            return event


async def main(path):
    said = {}
    console = await Console().open()
    await console.until("guest: up")
    client = QMPClient("end to end")
    await client.connect(path)
    said["greeting"] = client.greeting.QMP.version if client.greeting else None
    with client.listener() as listener:
        for command in ("query-status", "query-version", "query-block", "query-cpus-fast", "query-commands"):
            said[command] = await client.execute(command)
        try:
            await client.execute("no-such-command")
        except ExecuteError as error:
            said["error"] = error.error.error.class_

        await client.execute("stop")
        said["STOP"] = await next_event(listener, "STOP")
        said["stopped"] = await client.execute("query-status")
        await client.execute("cont")
        said["RESUME"] = await next_event(listener, "RESUME")
        said["resumed"] = await client.execute("query-status")

        await client.execute("system_reset")
        said["RESET"] = await next_event(listener, "RESET")
        await console.until("guest: up")

        await client.execute("system_powerdown")
        said["SHUTDOWN"] = await next_event(listener, "SHUTDOWN")
    await leave(client)
    print(json.dumps(said, default=dict))


asyncio.run(main(*sys.argv[1:]))
