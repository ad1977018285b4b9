// SPDX-License-Identifier: Apache-2.0

extension ServeCommand.Export {
    /// Reads `NAME=PATH[,format=F][,readonly][,bitmap=NAME][,description=TEXT]`; a comma in a value is written twice.
    ///
    /// - Parameter isReadOnly: What holds for every export.
    package init(parsing text: String, isReadOnly: Bool) throws(ToolProblem) {
        let option = "--export '\(text)'"
        var parts = OptionList.parts(of: text)[...]
        let first = (parts.popFirst() ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard first.count == 2, !first[1].isEmpty else {
            throw ToolProblem(option, found: "it does not begin with NAME=PATH", remedy: "write disk=disk.img")
        }
        var format: ImageFormat?
        var (readOnly, bitmaps, description) = (isReadOnly, [String](), "")
        for part in parts {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (sides.first, sides.count > 1 ? sides[1] : nil) {
            case ("format", let name?): format = try ImageFormat(named: name, option: "\(option): format")
            case ("readonly", nil), ("readonly", "on"): readOnly = true
            case ("readonly", "off"): readOnly = isReadOnly
            case ("bitmap", let name?): bitmaps.append(name)
            case ("description", let words?): description = words
            default:
                throw ToolProblem(
                    option, found: "'\(part)' is nothing that an export has",
                    remedy: "it has format=, readonly, bitmap= and description=")
            }
        }
        self.init(ImageReference(String(first[1]), format: format))
        name = String(first[0])
        self.description = description
        self.isReadOnly = readOnly
        self.bitmaps = bitmaps
    }
}
