// SPDX-License-Identifier: Apache-2.0

/// An image to be made: its format and the format's options.
package struct ImageRecipe {
    let format: ImageFormat
    var options: OptionList

    package init(_ format: ImageFormat, options: OptionList) {
        self.format = format
        self.options = options
    }
}
