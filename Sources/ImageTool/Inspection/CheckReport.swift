// SPDX-License-Identifier: Apache-2.0
internal import DiskImage
internal import JSON

/// What a check found, in qemu-img's words (QAPI's `ImageCheck`).
struct CheckReport {
    private let path: String
    private let format: ImageFormat
    private let found: Qcow2CheckReport

    init(_ path: String, _ format: ImageFormat, _ found: Qcow2CheckReport) {
        self.path = path
        self.format = format
        self.found = found
    }

    /// What is wrong, one sentence each.
    var messages: [String] { found.messages }

    var exitStatus: Int32 { found.corruptions > 0 ? 2 : found.leaks > 0 ? 3 : 0 }

    /// Numbers of 0 are left out, as in qemu-img.
    var json: JSONValue {
        var object = JSONObject()
        func put(_ key: String, _ number: some BinaryInteger) { if number != 0 { object[key] = JSONValue(number) } }
        put("image-end-offset", found.imageEndOffset)
        put("total-clusters", found.totalClusters)
        object["check-errors"] = 0
        put("allocated-clusters", found.allocatedClusters)
        object["filename"] = .string(path)
        object["format"] = .string(format.rawValue)
        put("fragmented-clusters", found.fragmentedClusters)
        put("compressed-clusters", found.compressedClusters)
        put("corruptions", found.corruptions)
        put("leaks", found.leaks)
        put("corruptions-fixed", found.corruptionsFixed)
        put("leaks-fixed", found.leaksFixed)
        return .object(object)
    }

    var text: String { repaired + errors + clusters }

    private var repaired: String {
        guard found.corruptionsFixed > 0 || found.leaksFixed > 0 else { return "" }
        return """
            The following inconsistencies were found and repaired:

                \(found.leaksFixed) leaked clusters
                \(found.corruptionsFixed) corruptions

            Double checking the fixed image now...

            """
    }

    private var errors: String {
        if found.isClean { return "No errors were found on the image.\n" }
        var text = ""
        if found.corruptions > 0 {
            text += """

                \(found.corruptions) errors were found on the image.
                Data may be corrupted, or further writes to the image may corrupt it.

                """
        }
        if found.leaks > 0 {
            text += """

                \(found.leaks) leaked clusters were found on the image.
                This means waste of disk space, but no harm to data.

                """
        }
        return text
    }

    private var clusters: String {
        var text = ""
        if found.totalClusters > 0, found.allocatedClusters > 0 {
            let allocated = Double(found.allocatedClusters)
            let shares = [
                allocated / Double(found.totalClusters), Double(found.fragmentedClusters) / allocated,
                Double(found.compressedClusters) / allocated,
            ].map { HumanText.percentage($0 * 100) }
            text +=
                "\(found.allocatedClusters)/\(found.totalClusters) = \(shares[0])% allocated, "
                + "\(shares[1])% fragmented, \(shares[2])% compressed clusters\n"
        }
        return text + (found.imageEndOffset > 0 ? "Image end offset: \(found.imageEndOffset)\n" : "")
    }
}
