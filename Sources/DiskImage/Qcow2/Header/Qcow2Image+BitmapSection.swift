// SPDX-License-Identifier: Apache-2.0

/// Changes of the header's bitmaps extension, each of them valid by one write within one sector of 512 bytes.
///
/// A crash between two of the steps leaves the extension with its autoclear bit unset, which is to have no bitmaps.
extension Qcow2Image {
    private static let kind = Qcow2HeaderExtension.Kind.bitmaps

    /// Makes the extension say something else, or adds it; durable when it returns.
    func writeBitmapSection(_ section: Qcow2BitmapSection) throws(BlockError) {
        let item = Qcow2HeaderExtension(kind: Self.kind, bytes: section.encoded())
        guard let index = header.extensions.firstIndex(where: { $0.kind == Self.kind }),
            header.extensions[index].bytes.count == item.bytes.count, let place = header.position(of: Self.kind)
        else {
            try removeBitmapSection()
            try appendSection(item)
            return try setBitmapsBit(true)
        }
        let position = UInt64(place) + 8
        let isInSector = position / 512 == (position + UInt64(item.bytes.count) - 1) / 512
        if !isInSector { try setBitmapsBit(false) }
        try writeMetadata(item.bytes, at: position)
        try barrier()
        header.extensions[index] = item
        try setBitmapsBit(true)
    }

    /// Takes the extension away, and unsets its bit; durable when it returns.
    func removeBitmapSection() throws(BlockError) {
        try setBitmapsBit(false)
        guard let index = header.extensions.firstIndex(where: { $0.kind == Self.kind }),
            let place = header.position(of: Self.kind)
        else { return }
        header.extensions.remove(at: index)
        if index == header.extensions.count {
            // The last one: its beginning becomes the end of them all.
            try writeMetadata([UInt8](repeating: 0, count: 8), at: UInt64(place))
        } else {
            try writeHeader()
        }
        try barrier()
    }

    private func setBitmapsBit(_ isSet: Bool) throws(BlockError) {
        guard header.features.autoclear.contains(.bitmaps) != isSet else { return }
        if isSet { header.features.autoclear.insert(.bitmaps) } else { header.features.autoclear.remove(.bitmaps) }
        try writeFeatures()
        try barrier()
    }

    /// Adds an extension behind the others. Where there is no room for it the table of names goes.
    private func appendSection(_ item: Qcow2HeaderExtension) throws(BlockError) {
        let start = UInt64(header.extensionsEnd), end = start + 16 + UInt64(item.bytes.count)
        let name = UInt64(header.backingName?.count ?? 0)
        let current = try file.bytes(at: 8, count: 8).bigEndian(UInt64.self, at: 0)
        let target = max(end, name > 0 ? current + name : 0)
        guard target + name <= geometry.clusterSize else { return try appendByRewriting(item) }
        if name > 0, current < end, let bytes = header.backingName {
            try writeMetadata(bytes, at: target)
            try barrier()
            var field: [UInt8] = []
            field.appendBigEndian(target)
            try writeMetadata(field, at: 8)
            try barrier()
        }
        try writeMetadata(item.bytes + [UInt8](repeating: 0, count: 8), at: start + 8)
        try barrier()
        var field: [UInt8] = []
        field.appendBigEndian(item.kind)
        field.appendBigEndian(UInt32(item.bytes.count))
        try writeMetadata(field, at: start)
        try barrier()
        header.extensions.append(item)
    }

    private func appendByRewriting(_ item: Qcow2HeaderExtension) throws(BlockError) {
        var changed = header
        changed.extensions.append(item)
        if (try? changed.encoded()) == nil {
            changed.extensions.removeAll { $0.kind == Qcow2HeaderExtension.Kind.featureNames }
        }
        _ = try changed.encoded()
        header = changed
        try writeHeader()
        try barrier()
    }
}
