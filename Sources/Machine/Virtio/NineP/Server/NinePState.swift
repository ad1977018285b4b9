// SPDX-License-Identifier: Apache-2.0

/// What a file server carries to another process: its client's fids, by paths.
package struct NinePState: DeviceState {
    /// The size of a message that was agreed on; 0 before.
    package var messageByteCount: UInt32 = 0
    /// The paths that fids stand for, each with 2 bytes of length in front; 0xFFFF where the name is gone.
    package var paths: [UInt8] = []
    /// The fids: see `NinePServer+State.swift`.
    package var fids: [UInt8] = []

    package init() {}

    /// What a path whose file has no name any more has for its length.
    static let noPath = UInt16.max
    private static let maximumPathsByteCount = NinePNodes.maximumTotalByteCount + 2 * NinePServer.maximumFids
    private static let maximumFidsByteCount =
        32 * NinePServer.maximumFids + NinePServer.maximumAttributeFids * 2 * SharedFile.maximumAttributeByteCount
    /// The most bytes of a state.
    static let maximumByteCount = maximumPathsByteCount + maximumFidsByteCount + 64

    package static let fields: [StateField<NinePState>] = [
        StateField(1, \.messageByteCount), StateField(2, \.paths, maximum: maximumPathsByteCount),
        StateField(3, \.fids, maximum: maximumFidsByteCount),
    ]
}
