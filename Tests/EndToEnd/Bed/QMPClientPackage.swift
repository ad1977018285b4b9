// SPDX-License-Identifier: Apache-2.0
import GuestKit

/// PyPI's `qemu.qmp`, installed into a folder of the build.
enum QMPClientPackage {
    /// The Python program and the folder of the package; `nil` where Python or the package index is out of reach.
    static let location: (python: String, folder: String)? = {
        let folder = "\(EndToEndBed.root)/.build/qemu.qmp"
        let environment = "\(folder)/environment"
        let packages = "\(folder)/packages"
        guard let name = Environment.program("python3"),
            let bytes = try? Tool.run(name, ["-c", "import sys; print(sys.executable)"], package: "python3")
        else { return nil }
        // Not a wrapper, whose start would cost seconds in the lab.
        let python = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? name
        if !Files.exists("\(packages)/qemu/qmp") {
            guard
                (try? Tool.run(python, ["-m", "venv", environment], package: "python3-venv")) != nil,
                (try? Tool.run(
                    "\(environment)/bin/pip", ["install", "--quiet", "--target", packages, "qemu.qmp>=0.0.3"],
                    package: "python3-venv")) != nil
            else { return nil }
        }
        return (python, packages)
    }()
}
