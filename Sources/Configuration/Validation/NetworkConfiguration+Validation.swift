// SPDX-License-Identifier: Apache-2.0

extension NetworkConfiguration {
    func inspect(_ inspection: inout Inspection, at place: String) {
        switch attachment {
        case .none: break
        case .user(let descriptor): inspectUser(descriptor, &inspection, at: place)
        case .tap(let name, let descriptors):
            inspectName(name, &inspection, at: "\(place).name")
            inspectQueues(descriptors, &inspection, at: "\(place).descriptors")
        }
        if let mac, !mac.isUnicast {
            inspection.report(
                .invalidValue, "\(place).mac", found: "\(mac) names no single card",
                remedy: "use an address whose first byte is even and that is not all zeroes")
        }
    }

    private func inspectUser(_ descriptor: Int32?, _ inspection: inout Inspection, at place: String) {
        if let descriptor {
            inspection.descriptor(descriptor, at: "\(place).descriptor")
        } else if inspection.audience == .machine {
            inspection.report(
                .missing, "\(place).descriptor", found: "no socket of the user-mode network stack",
                remedy: "hand over a connected stream socket")
        }
    }

    private func inspectName(_ name: String, _ inspection: inout Inspection, at place: String) {
        inspection.length(of: name, in: 1...Self.maximumInterfaceNameByteCount, at: place)
        let isForbidden = { (byte: UInt8) in
            byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ":")
                || byte == UInt8(ascii: "%")
        }
        if name == "." || name == ".." || name.utf8.contains(where: isForbidden) {
            inspection.report(
                .invalidValue, place, found: "\(quoted(name)) cannot be the name of an interface",
                remedy: "use letters, digits, '-', '_' and '.'")
        }
        inspection.once(name, what: "TAP interface", at: place)
    }

    private func inspectQueues(_ descriptors: [Int32], _ inspection: inout Inspection, at place: String) {
        for (index, descriptor) in descriptors.enumerated() {
            inspection.descriptor(descriptor, at: "\(place)[\(index)]")
        }
        if inspection.audience == .machine {
            inspection.number(descriptors.count, in: Self.allowedTapQueueCounts, unit: "TAP queues", at: place)
        }
    }
}
