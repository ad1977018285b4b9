// SPDX-License-Identifier: Apache-2.0

/// The registers of a 16550 by offset, and their bits (National Semiconductor PC16550D, section 8).
enum SerialRegister {
    /// Receive buffer and transmit holding register; low half of the divisor behind the latch bit.
    static let data: UInt64 = 0
    /// Interrupt enable; high half of the divisor behind the latch bit.
    static let interruptEnable: UInt64 = 1
    /// Interrupt identification when read, FIFO control when written.
    static let identification: UInt64 = 2
    static let lineControl: UInt64 = 3
    static let modemControl: UInt64 = 4
    static let lineStatus: UInt64 = 5
    static let modemStatus: UInt64 = 6
    static let scratch: UInt64 = 7

    enum Enable {
        static let received: UInt8 = 1 << 0
        static let transmitterEmpty: UInt8 = 1 << 1
        static let lineStatus: UInt8 = 1 << 2
        static let modemStatus: UInt8 = 1 << 3
        static let mask: UInt8 = 0x0F
    }

    enum Identification {
        static let nothing: UInt8 = 0x01
        static let lineStatus: UInt8 = 0x06
        static let received: UInt8 = 0x04
        static let receiveTimeout: UInt8 = 0x0C
        static let transmitterEmpty: UInt8 = 0x02
        static let modemStatus: UInt8 = 0x00
        static let fifosEnabled: UInt8 = 0xC0
    }

    enum FIFO {
        static let enable: UInt8 = 1 << 0
        static let clearReceiver: UInt8 = 1 << 1
        static let triggerMask: UInt8 = 0xC0
    }

    enum LineControl {
        static let divisorLatch: UInt8 = 1 << 7
    }

    enum LineStatus {
        static let received: UInt8 = 1 << 0
        static let overrun: UInt8 = 1 << 1
        static let errors: UInt8 = 0x1E
        /// Both "holding register empty" and "transmitter empty".
        static let transmitterEmpty: UInt8 = 0x60
    }

    enum Modem {
        static let loopback: UInt8 = 1 << 4
        static let controlMask: UInt8 = 0x1F
        /// Carrier, data set ready, clear to send: what a terminal at the other end drives.
        static let connected: UInt8 = 0xB0
    }
}
