// SPDX-License-Identifier: Apache-2.0

/// The commands of a network card's control queue (virtio 1.2 §5.1.6.5): class, then command.
enum NetworkCommand {
    static let headerByteCount = 2
    static let done: UInt8 = 0
    static let refused: UInt8 = 1

    enum Class {
        static let receiveMode: UInt8 = 0
        static let address: UInt8 = 1
        static let announce: UInt8 = 3
        static let multipleQueues: UInt8 = 4
    }

    enum Address {
        static let setTable: UInt8 = 0
        static let set: UInt8 = 1
    }

    /// The mode that a command of the first class switches; `nil` for none.
    static func mode(_ command: UInt8) -> ReceiveFilter.Mode? {
        switch command {
        case 0: .promiscuous
        case 1: .allMulticast
        case 2: .allUnicast
        case 3: .noMulticast
        case 4: .noUnicast
        case 5: .noBroadcast
        default: nil
        }
    }
}
