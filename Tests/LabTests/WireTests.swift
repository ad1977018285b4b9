// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import LabWire

@Suite("Control port")
struct WireTests {
    static let job = Job(
        command: ["sh", "-c", "true"], environment: ["A=1", ""], workingDirectory: "/", terminal: nil,
        errorsToTerminal: true, hasOutputFolder: false, hasScratchDisk: true, disks: ["/a b", "/c"], modules: "/m")
    static let orders: [LabOrder] = [
        .start(job), .inputEnded(byteCount: 1 << 40), .resize(TerminalSize(rows: 300, columns: 2)),
        .signal(number: 15, toGroup: true),
    ]
    static let reports: [LabReport] = [
        .started, .inputClosed, .ended(status: 255, outputByteCount: 1 << 33, errorByteCount: 0),
        .failed(status: 127, reason: "ä"),
    ]

    @Test("orders and reports arrive as they were sent, however the stream is cut")
    func carries() throws {
        let bytes = Self.orders.flatMap(\.frame)
        for size in [1, 3, 7, bytes.count] {
            var reader = FrameReader()
            var orders: [LabOrder] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(Array(bytes[start..<min(bytes.count, start + size)]))
                while let (kind, payload) = try reader.next() {
                    orders.append(try LabOrder(kind: kind, payload: payload))
                }
            }
            #expect(orders == Self.orders)
        }
        var reader = FrameReader()
        reader.append(Self.reports.flatMap(\.frame))
        for report in Self.reports {
            let (kind, payload) = try #require(try reader.next())
            #expect(try LabReport(kind: kind, payload: payload) == report)
        }
    }

    @Test("a frame that is too long, unknown or cut short is refused")
    func refuses() {
        var reader = FrameReader()
        reader.append([1, 0xff, 0xff, 0xff, 0x7f])
        #expect(throws: WireError.tooLong(0x7fff_ffff)) { try reader.next() }
        #expect(throws: WireError.unknownKind(99)) { try LabOrder(kind: 99, payload: []) }
        for order in Self.orders {
            let frame = order.frame
            for count in 0..<frame.count - 5 {
                #expect(throws: WireError.malformed(kind: frame[0])) {
                    try LabOrder(kind: frame[0], payload: Array(frame[5..<5 + count]))
                }
            }
        }
        #expect(throws: WireError.malformed(kind: 16)) { try LabReport(kind: 16, payload: [1]) }
    }

    @Test("a list that claims more entries than there are bytes is refused without being built")
    func refusesHugeList() {
        #expect(throws: WireError.malformed(kind: 1)) {
            try LabOrder(kind: 1, payload: [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])
        }
    }
}
