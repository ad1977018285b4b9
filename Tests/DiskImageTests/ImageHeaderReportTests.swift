// SPDX-License-Identifier: Apache-2.0
import DiskImage
import Testing

@Suite("Reports of image headers")
struct ImageHeaderReportTests {
    @Test("a report is what reading its text makes")
    func roundTrip() {
        var report = ImageHeaderReport()
        #expect(ImageHeaderReport(text: report.text) == report)
        report.backingName = "a b/ü end"
        report.backingFormat = "qcow2"
        #expect(ImageHeaderReport(text: report.text) == report)
        report.hasDataFile = true
        #expect(ImageHeaderReport(text: report.text) == report)
        report.dataFileName = "data"
        #expect(ImageHeaderReport(text: report.text) == report)
    }

    @Test(
        "what is no report is none",
        arguments: [
            "", "end", "end\nend\n", "backing a\n", "backing a\nbacking b\nend\n", "other a\nend\n", "backing\nend\n",
            "data a\ndata b\nend\n", "backing a\u{7}\nend\n", "\nend\n", "backing a\r\nend\n",
            "backing " + String(repeating: "x", count: 1024) + "\nend\n",
        ])
    func hostile(_ text: String) {
        #expect(ImageHeaderReport(text: text) == nil)
    }
}
