// SPDX-License-Identifier: Apache-2.0
package import DiskImage
internal import Host

extension ImageChain {
    /// Opens a chain on a thread of its own, under the filter of an image chain's thread: its tables are anybody's.
    ///
    /// - Throws: What the chain's initializer throws, or why there is no thread.
    package static func openConfined(_ layers: sending [Layer], isReadOnly: Bool) throws(BlockError) -> ImageChain {
        let opening = Opening(layers, isReadOnly)
        do throws(SystemCallError) {
            let thread = try NamedThread(name: "image") { opening.run() }
            thread.join()
        } catch { throw .system(error) }
        return try opening.result.get()
    }

    /// What the thread is given and leaves behind.
    ///
    /// `@unchecked Sendable`: the maker's until the thread begins, the thread's until it is joined, the maker's then.
    private final class Opening: @unchecked Sendable {
        private let layers: [Layer]
        private let isReadOnly: Bool
        private(set) var result: Result<ImageChain, BlockError> = .failure(.invalid("the image was not opened"))

        init(_ layers: [Layer], _ isReadOnly: Bool) {
            self.layers = layers
            self.isReadOnly = isReadOnly
        }

        func run() {
            do throws(SystemCallError) { try ThreadFilters.imageChain.install() } catch {
                result = .failure(.system(error))
                return
            }
            let (layers, isReadOnly) = (layers, isReadOnly)
            result = Result { () throws(BlockError) in try ImageChain(layers, isReadOnly: isReadOnly) }
        }
    }
}
