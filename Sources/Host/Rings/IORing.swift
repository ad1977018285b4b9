// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// An io_uring instance of one thread (io_uring(7)), restricted to the operations it was made for.
///
/// Created anywhere, then enabled and used by one thread only.
@safe package struct IORing: ~Copyable, @unchecked Sendable {
    private let descriptor: Descriptor
    private let rings: Mapping
    private let submissions: Mapping
    private let offsets: Offsets
    private let pointers: Pointers
    private var tail: UInt32 = 0
    /// Entries written but not yet given to the kernel.
    private var unsubmitted: UInt32 = 0

    /// The operations that Apus uses; a ring refuses every other.
    package enum Operation: UInt8, Sendable, CaseIterable {
        case readVectors = 1
        case writeVectors = 2
        case synchronize = 3
        case allocate = 17
        case read = 22
    }

    /// One operation that ended.
    package struct Completion: Sendable {
        package let tag: UInt64
        /// What the operation's system call would have returned; a negative errno on failure.
        package let result: Int32
    }

    /// Makes a ring that stays disabled until `enable()`.
    ///
    /// - Parameter entries: At least the number of operations under way at once; a power of two.
    /// - Throws: `ENOSYS` or `EPERM` where the host denies io_uring.
    package init(entries: UInt32, allowing operations: [Operation]) throws(SystemCallError) {
        // Without these the kernel interrupts the thread to complete its requests; kernels before 6.1 lack them.
        let batching = UInt32(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN)
        var parameters = io_uring_params()
        parameters.flags = UInt32(IORING_SETUP_R_DISABLED) | batching
        var number = unsafe cmachine_io_uring_setup(entries, &parameters)
        if number == -Int(EINVAL) {
            parameters = io_uring_params()
            parameters.flags = UInt32(IORING_SETUP_R_DISABLED)
            number = unsafe cmachine_io_uring_setup(entries, &parameters)
        }
        try SystemCallError.check(number, "io_uring_setup")
        let descriptor = Descriptor(owning: CInt(number))
        guard parameters.features & UInt32(IORING_FEAT_SINGLE_MMAP) != 0 else {
            throw SystemCallError(call: "io_uring_setup(IORING_FEAT_SINGLE_MMAP)", code: ENOSYS)
        }
        let offsets = Offsets(parameters)
        let rings = try Mapping(sharing: descriptor, byteCount: offsets.byteCount)
        let submissions = try Mapping(
            sharing: descriptor, byteCount: Int(parameters.sq_entries) * MemoryLayout<cmachine_submission>.stride,
            offset: Int(IORING_OFF_SQES))
        try Self.restrict(descriptor, to: operations)
        unsafe pointers = Pointers(rings: rings.start, entries: submissions.start)
        for index in 0..<offsets.submissionCount {
            unsafe rings.start.storeBytes(
                of: index, toByteOffset: Int(offsets.submissionArray) + 4 * Int(index), as: UInt32.self)
        }
        self.descriptor = descriptor
        self.offsets = offsets
        self.rings = rings
        self.submissions = submissions
    }

    /// Lets the calling thread use the ring from now on.
    package borrowing func enable() throws(SystemCallError) {
        try SystemCallError.check(
            cmachine_io_uring_register(descriptor.borrowed, UInt32(IORING_REGISTER_ENABLE_RINGS), nil, 0),
            "io_uring_register(ENABLE_RINGS)")
    }

    /// Queues a vectored transfer. The list must stay as it is, and what it points to mapped, until it completes.
    package mutating func transfer(
        _ operation: Operation, file: CInt, buffers: BufferList, offset: UInt64, tag: UInt64
    ) -> Bool {
        unsafe add(
            operation, file: file, address: UInt64(UInt(bitPattern: buffers.vectors)), length: UInt32(buffers.count),
            offset: offset, tag: tag)
    }

    /// Queues a read of 8 bytes from an event descriptor; `target` receives the counter.
    package mutating func readCounter(_ file: CInt, into target: borrowing CounterTarget, tag: UInt64) -> Bool {
        unsafe add(
            .read, file: file, address: UInt64(UInt(bitPattern: target.pointer)), length: 8, offset: 0, tag: tag)
    }

    /// Queues fdatasync(2).
    package mutating func synchronize(file: CInt, tag: UInt64) -> Bool {
        add(
            .synchronize, file: file, address: 0, length: 0, offset: 0, tag: tag,
            flags: UInt32(IORING_FSYNC_DATASYNC))
    }

    /// Queues fallocate(2).
    package mutating func allocate(file: CInt, mode: CInt, offset: UInt64, byteCount: UInt64, tag: UInt64) -> Bool {
        add(.allocate, file: file, address: byteCount, length: UInt32(bitPattern: mode), offset: offset, tag: tag)
    }

    /// Gives the kernel what was queued and waits until at least `minimum` operations have completed.
    package mutating func enter(waitingFor minimum: UInt32) throws(SystemCallError) {
        unsafe cmachine_store_release_u32(pointers.rings + Int(offsets.submissionTail), tail)
        let result = cmachine_io_uring_enter(
            descriptor.borrowed, unsubmitted, minimum, UInt32(IORING_ENTER_GETEVENTS))
        if result == -Int(EINTR) { return }
        try SystemCallError.check(result, "io_uring_enter")
        unsubmitted &-= UInt32(truncatingIfNeeded: result)
    }

    /// The same, and waits so many nanoseconds at most.
    package mutating func enter(waitingFor minimum: UInt32, nanoseconds: UInt64) throws(SystemCallError) {
        unsafe cmachine_store_release_u32(pointers.rings + Int(offsets.submissionTail), tail)
        let result = cmachine_io_uring_enter_for(
            descriptor.borrowed, unsubmitted, minimum, UInt32(IORING_ENTER_GETEVENTS), nanoseconds)
        if result == -Int(EINTR) || result == -Int(ETIME) { return }
        try SystemCallError.check(result, "io_uring_enter")
        unsubmitted &-= UInt32(truncatingIfNeeded: result)
    }

    /// Takes the next operation that has ended, if any.
    package mutating func nextCompletion() -> Completion? {
        pointers.nextCompletion(offsets)
    }

    private mutating func add(
        _ operation: Operation, file: CInt, address: UInt64, length: UInt32, offset: UInt64, tag: UInt64,
        flags: UInt32 = 0
    ) -> Bool {
        let head = unsafe cmachine_load_acquire_u32(pointers.rings + Int(offsets.submissionHead))
        guard tail &- head < offsets.submissionCount else { return false }
        let slot = Int(tail & (offsets.submissionCount &- 1))
        var entry = cmachine_submission()
        entry.operation = operation.rawValue
        entry.descriptor = file
        entry.offset = offset
        entry.address = address
        entry.length = length
        entry.operation_flags = flags
        entry.user_data = tag
        unsafe pointers.entries.storeBytes(of: entry, toByteOffset: slot &* 64, as: cmachine_submission.self)
        tail &+= 1
        unsubmitted &+= 1
        return true
    }

    private static func restrict(
        _ descriptor: borrowing Descriptor, to operations: [Operation]
    ) throws(SystemCallError) {
        var restrictions = operations.map { operation in
            var restriction = cmachine_restriction()
            restriction.operation = UInt16(IORING_RESTRICTION_SQE_OP)
            restriction.argument = operation.rawValue
            return restriction
        }
        var enabling = cmachine_restriction()
        enabling.operation = UInt16(IORING_RESTRICTION_REGISTER_OP)
        enabling.argument = UInt8(IORING_REGISTER_ENABLE_RINGS)
        restrictions.append(enabling)
        let number = descriptor.borrowed
        let result = unsafe restrictions.withUnsafeBytes { bytes in
            unsafe cmachine_io_uring_register(
                number, UInt32(IORING_REGISTER_RESTRICTIONS), bytes.baseAddress, UInt32(operations.count + 1))
        }
        try SystemCallError.check(result, "io_uring_register(RESTRICTIONS)")
    }

    /// Where the kernel put the ring's words, in bytes from the mapping's start.
    private struct Offsets {
        let submissionHead: UInt32
        let submissionTail: UInt32
        let submissionArray: UInt32
        let submissionCount: UInt32
        let completionHead: UInt32
        let completionTail: UInt32
        let completionEntries: UInt32
        let completionCount: UInt32
        let byteCount: Int

        init(_ parameters: io_uring_params) {
            submissionHead = parameters.sq_off.head
            submissionTail = parameters.sq_off.tail
            submissionArray = parameters.sq_off.array
            submissionCount = parameters.sq_entries
            completionHead = parameters.cq_off.head
            completionTail = parameters.cq_off.tail
            completionEntries = parameters.cq_off.cqes
            completionCount = parameters.cq_entries
            byteCount = Int(
                max(submissionArray + submissionCount * 4, completionEntries + completionCount * 16))
        }
    }

    @safe private struct Pointers {
        let rings: UnsafeMutableRawPointer
        let entries: UnsafeMutableRawPointer

        func nextCompletion(_ offsets: Offsets) -> Completion? {
            let head = unsafe rings.load(fromByteOffset: Int(offsets.completionHead), as: UInt32.self)
            guard unsafe cmachine_load_acquire_u32(rings + Int(offsets.completionTail)) != head else { return nil }
            let entry = Int(offsets.completionEntries) &+ Int(head & (offsets.completionCount &- 1)) &* 16
            let tag = unsafe rings.load(fromByteOffset: entry, as: UInt64.self)
            let result = unsafe rings.load(fromByteOffset: entry &+ 8, as: Int32.self)
            unsafe cmachine_store_release_u32(rings + Int(offsets.completionHead), head &+ 1)
            return Completion(tag: tag, result: result)
        }
    }
}
