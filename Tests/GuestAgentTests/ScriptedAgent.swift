// SPDX-License-Identifier: Apache-2.0
import CMachine
import Glibc
import GuestAgent
import Host
import JSON
import Synchronization

/// A guest's end of the socket: answers each request by a script, on its own thread, until the client goes.
struct ScriptedAgent: ~Copyable {
    /// What the agent sends for a request.
    enum Answer: Sendable {
        case value(JSONValue)
        case bytes([UInt8])
        /// Closes the socket.
        case leave
        case silence
    }

    typealias Script = @Sendable (_ name: String, _ request: JSONValue) -> Answer

    private final class Requests: Sendable {
        let names = Mutex<[String]>([])
    }

    private let thread: NamedThread
    private let asked: Requests

    /// Serves a connected socket, which it owns from now on.
    init(
        _ socket: CInt, synchronization: @escaping @Sendable (Int64) -> Answer = ScriptedAgent.inStep,
        _ script: @escaping Script
    ) throws {
        let asked = Requests()
        self.asked = asked
        thread = try NamedThread(name: "agent") {
            Self.serve(Descriptor(owning: socket), synchronization, script) { name in
                asked.names.withLock { $0.append(name) }
            }
        }
    }

    /// The right answer to `guest-sync-delimited`.
    static let inStep: @Sendable (Int64) -> Answer = { .bytes(delimited($0)) }

    static func delimited(_ identifier: Int64) -> [UInt8] {
        [0xFF] + Array("{\"return\": \(identifier)}\n".utf8)
    }

    /// What was asked, without synchronization, once the client has gone.
    consuming func requests() -> [String] {
        thread.join()
        return asked.names.withLock { $0 }
    }

    private static func serve(
        _ socket: consuming Descriptor, _ synchronization: (Int64) -> Answer, _ script: Script,
        _ note: (String) -> Void
    ) {
        var parser = JSONStreamParser()
        while let bytes = try? socket.read(upTo: 65536), !bytes.isEmpty {
            var rest = bytes[...]
            while !rest.isEmpty {
                // The byte 0xFF before a request is no JSON.
                guard let request = (try? parser.next(&rest)) ?? nil, let name = request["execute"]?.text else {
                    continue
                }
                let answer: Answer
                if name == "guest-sync-delimited" {
                    answer = synchronization(request["arguments"]?["id"]?.integerValue ?? 0)
                } else {
                    note(name)
                    answer = script(name, request)
                }
                switch answer {
                case .silence: break
                case .leave: return
                case .bytes(let bytes): try? socket.writeAll(bytes)
                case .value(let value): try? socket.writeAll(JSONValue.object(object(value)).bytes() + [0x0A])
                }
            }
        }
    }

    private static func object(_ value: JSONValue) -> JSONObject {
        var object = JSONObject()
        object["return"] = value
        return object
    }
}

/// Two connected stream sockets, which whoever they are given to owns.
func connectedPair() throws -> (CInt, CInt) {
    var ends: [CInt] = [0, 0]
    let result = unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
    guard result == 0 else { throw SystemCallError(call: "socketpair", code: errno) }
    // A script that writes to a client that has gone gets an error.
    signal(SIGPIPE, SIG_IGN)
    return (ends[0], ends[1])
}
