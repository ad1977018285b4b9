// SPDX-License-Identifier: Apache-2.0

extension Qcow2Image {
    /// Writes down another backing image, or none. The node of the present one stays in use until the image is closed.
    ///
    /// - Parameter name: At most 1023 bytes; `nil` for no backing image.
    package func setBacking(name: String?, format: String?) throws(BlockError) {
        let bytes = name.map { Array($0.utf8) }
        guard (bytes?.count ?? 0) <= Int(Qcow2Limits.backingNameByteCount) else {
            throw .invalid("the backing file's name has more than 1023 bytes")
        }
        try prepareToModify()
        try flush()
        var changed = header
        changed.backingName = bytes
        changed.extensions.removeAll { $0.kind == Qcow2HeaderExtension.Kind.backingFormat }
        if bytes != nil, let format {
            let item = Qcow2HeaderExtension(
                kind: Qcow2HeaderExtension.Kind.backingFormat, bytes: Array(format.utf8))
            changed.extensions.insert(item, at: 0)
        }
        // A header that does not fit is refused before anything is written.
        _ = try changed.encoded()
        header = changed
        try writeHeader()
        try barrier()
    }
}
