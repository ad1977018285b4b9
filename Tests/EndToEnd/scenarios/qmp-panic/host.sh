# SPDX-License-Identifier: Apache-2.0
# The guest's kernel panics when the monitor's client says so.
launch cloud elf --cpus 1 --qmp monitor.sock --channel name=org.apus.panic,socket=panic.sock
drive monitor.sock panic.sock
finish
