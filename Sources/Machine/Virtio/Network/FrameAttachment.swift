// SPDX-License-Identifier: Apache-2.0
package import Host

/// Where a network card's frames come from and go to on the host. Each frame carries the 12-byte virtio header in
/// front. Nothing here waits.
///
/// Made anywhere; all calls come from the device's thread afterwards.
package protocol FrameAttachment: AnyObject, Sendable {
    /// The features that the attachment makes possible, out of `NetworkFeature`.
    var features: UInt64 { get }
    /// What to watch for both directions.
    var number: CInt { get }
    /// The other side deals with a frame while it is sent: an answer may be there when `send` returns.
    var answersAtOnce: Bool { get }
    /// Takes part in the traffic, or not, where the other side has several attachments for one card. One that takes no
    /// part is neither read nor written.
    func setAttached(_ isAttached: Bool)
    /// Adapts to what a driver negotiated; 0 when it has gone.
    func negotiate(_ features: UInt64)
    /// Writes the next frame over the first of the list's `byteCount` bytes.
    func receive(into buffers: BufferList, byteCount: Int) -> FrameReception
    /// Forgets the frame that was too long for the buffers.
    func dropFrame()
    /// Sends a frame, whose header has been taken off. The list is used up.
    func send(_ frame: BufferList, byteCount: Int, header: NetworkHeader) -> FrameTransmission
    /// Goes on with a frame that was sent in part.
    func flush() -> FrameTransmission
}

/// What became of an attempt to receive.
package enum FrameReception: Equatable, Sendable {
    case frame(byteCount: Int)
    /// There is none; the attachment becomes readable when there is.
    case empty
    /// The next frame is longer than the buffers; it waits.
    case tooLong(byteCount: Int)
    /// A frame was lost.
    case dropped
    /// The other side has gone.
    case closed
}

/// What became of an attempt to send.
package enum FrameTransmission: Equatable, Sendable {
    case sent
    /// Not now; the attachment becomes writable when there is room.
    case full
    /// The frame is none that the other side takes.
    case dropped
    case closed
}

extension FrameAttachment {
    package func setAttached(_ isAttached: Bool) {}
    package var answersAtOnce: Bool { false }
}
