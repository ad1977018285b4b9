// SPDX-License-Identifier: Apache-2.0

/// The members of an object of JSON, in their order.
///
/// Keys are told apart byte by byte in UTF-8, as RFC 8259 §8.3 has it, so that two spellings of one accented letter
/// are two keys. Looking up a key walks the members: objects are small here.
package struct JSONObject: Equatable, Sendable {
    /// One pair of an object.
    package struct Member: Equatable, Sendable {
        /// The name of the member.
        package let key: String
        /// What it holds.
        package var value: JSONValue

        /// Makes the pair.
        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The pairs, in their order; no key comes twice.
    package private(set) var members: [Member]

    /// An object without members.
    package init() {
        members = []
    }

    /// The parser's: no key may come twice in `members`.
    init(uniqueMembers members: [Member]) {
        self.members = members
    }

    /// The keys, in their order.
    package var keys: [String] {
        members.map(\.key)
    }

    /// The value of a key. Setting puts a new key last; setting `nil` takes the member out.
    package subscript(key: String) -> JSONValue? {
        get {
            position(of: key).map { members[$0].value }
        }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): members.remove(at: position)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }
}
