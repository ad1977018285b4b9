// SPDX-License-Identifier: Apache-2.0
internal import CLab
internal import Glibc

// Whatever goes wrong is written to the console, which the host keeps, and the machine stops: QEMU ends with it.
do throws(AgentError) {
    try Agent.run()
} catch {
    let text = Array("apus-lab-agent: \(error)\n".utf8)
    _ = unsafe write(STDERR_FILENO, text, text.count)
    usleep(100_000)
    clab_restart()
}
