// SPDX-License-Identifier: Apache-2.0
internal import CMachine

/// Linux's older asynchronous I/O (io_setup(2)), for hosts that deny io_uring. Used by one thread only.
@safe package struct KernelAIO: ~Copyable, @unchecked Sendable {
    private let context: aio_context_t
    /// Signalled with each completion.
    package let event: EventDescriptor
    private let blocks: UnsafeMutablePointer<iocb>
    private let capacity: Int

    /// Makes room for `capacity` operations under way at once.
    package init(capacity: Int) throws(SystemCallError) {
        let event = try EventDescriptor()
        var context: aio_context_t = 0
        try SystemCallError.check(unsafe cmachine_io_setup(UInt32(capacity), &context), "io_setup")
        self.context = context
        self.event = event
        self.capacity = capacity
        unsafe blocks = .allocate(capacity: capacity)
        unsafe blocks.initialize(repeating: iocb(), count: capacity)
    }

    /// Submits a vectored transfer under `tag`, which must be below the capacity and not under way.
    ///
    /// - Returns: false where the kernel has no room now.
    package borrowing func transfer(
        isWrite: Bool, file: CInt, buffers: BufferList, offset: UInt64, tag: Int
    ) throws(SystemCallError) {
        var block = iocb()
        block.aio_lio_opcode = UInt16(isWrite ? IOCB_CMD_PWRITEV : IOCB_CMD_PREADV)
        block.aio_buf = unsafe UInt64(UInt(bitPattern: buffers.vectors))
        block.aio_nbytes = UInt64(buffers.count)
        block.aio_offset = Int64(bitPattern: offset)
        try submit(block, file: file, tag: tag)
    }

    /// Submits fdatasync(2) under `tag`.
    package borrowing func synchronize(file: CInt, tag: Int) throws(SystemCallError) {
        var block = iocb()
        block.aio_lio_opcode = UInt16(IOCB_CMD_FDSYNC)
        try submit(block, file: file, tag: tag)
    }

    /// Takes one operation that has ended, without waiting.
    package borrowing func nextCompletion() throws(SystemCallError) -> IORing.Completion? {
        var found = io_event()
        let count = unsafe cmachine_io_getevents(context, 0, 1, &found)
        if count == -Int(EINTR) { return nil }
        guard try SystemCallError.check(count, "io_getevents") == 1 else { return nil }
        return IORing.Completion(tag: found.data, result: Int32(truncatingIfNeeded: found.res))
    }

    private borrowing func submit(_ block: iocb, file: CInt, tag: Int) throws(SystemCallError) {
        precondition(tag >= 0 && tag < capacity, "a tag is a slot of the context")
        unsafe blocks[tag] = block
        unsafe blocks[tag].aio_fildes = UInt32(file)
        unsafe blocks[tag].aio_data = UInt64(tag)
        unsafe blocks[tag].aio_flags = UInt32(IOCB_FLAG_RESFD)
        unsafe blocks[tag].aio_resfd = UInt32(event.number)
        var list: UnsafeMutablePointer<iocb>? = unsafe blocks + tag
        try SystemCallError.check(unsafe cmachine_io_submit(context, 1, &list), "io_submit")
    }

    deinit {
        // Waits until nothing is under way.
        _ = cmachine_io_destroy(context)
        unsafe blocks.deallocate()
    }
}
