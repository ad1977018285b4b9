// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import GuestKit

/// `apus guest`: provides what a test guest boots.
struct GuestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest", abstract: "Fetch a stock Debian kernel, make an initrd for it, and print where they are.",
        discussion: """
            Kernel and initrd are kept in the folder that APUS_CACHE names in the environment, else in \
            $XDG_CACHE_HOME/apus, else in ~/.cache/apus. What is there is used without any network access.

            Examples:
              apus guest
              apus guest --flavour generic --json
              APUS_CACHE=/var/cache/apus apus guest --refresh
            """)

    @Option(help: "The kernel: cloud (for virtual machines) or generic.")
    var flavour = Flavour.cloud

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Look for a newer kernel than the one in the cache.")
    var refresh = false

    func run() throws {
        do throws(GuestKitError) {
            let kit = GuestKit(cache: try CacheFolder())
            let kernel = try kit.kernel(flavour, refresh: refresh)
            show([
                ("release", kernel.release), ("kernel", kernel.compressedImage), ("elf", kernel.image),
                ("initrd", try kit.guestInitrd(for: kernel)), ("modules", kernel.modules),
            ])
        } catch {
            Progress().say("guest: \(error)")
            throw ExitCode(1)
        }
    }

    private func show(_ fields: [(name: String, value: String)]) {
        if json {
            print("{" + fields.map { "\(quoted($0.name)): \(quoted($0.value))" }.joined(separator: ", ") + "}")
        } else {
            for field in fields { print("\(field.name): \(field.value)") }
        }
    }

    /// A JSON string.
    private func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20: "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}

extension Flavour: ExpressibleByArgument {}
