// SPDX-License-Identifier: Apache-2.0
internal import Host

/// A device made of a front and a worker: what others ask for travels through the mailbox.
protocol WorkerDevice: ThreadedDevice {
    associatedtype Worker: DeviceWorker
    var worker: Worker { get }
    var mailbox: Mailbox { get }
}

extension WorkerDevice {
    package func begin() throws(SystemCallError) {
        mailbox.adopt()
        try worker.begin()
    }

    package func step() throws(SystemCallError) -> Bool {
        try worker.step()
    }

    package func close() { mailbox.close() }

    package func stop() {
        let worker = worker
        mailbox.post { worker.stop() }
    }

    package func activate(_ activation: VirtioActivation) throws(VirtqueueError) {
        guard activation.queues.count == queueSizes.count else { throw .malformedRequest }
        for index in queueSizes.indices { _ = try activation.queue(index) }
        let worker = worker
        mailbox.perform { worker.activate(activation) }
    }

    package func deactivate() {
        let worker = worker
        mailbox.perform { worker.deactivate() }
    }

    package func sleep() {
        let worker = worker
        mailbox.perform { worker.sleep() }
    }

    package func wake() {
        let worker = worker
        mailbox.perform { worker.wake() }
    }

    package var queueProgress: [VirtqueueLayout?] {
        worker.progress
    }
}
