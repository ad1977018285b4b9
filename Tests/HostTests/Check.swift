// SPDX-License-Identifier: Apache-2.0
import Testing

/// Expects a truth that a call on a value without copies gave, which the macro cannot take apart.
func check(_ isTrue: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isTrue, sourceLocation: sourceLocation)
}
