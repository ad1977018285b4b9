// SPDX-License-Identifier: Apache-2.0
@testable import Machine
import Testing

@Suite("Calendar time")
struct CalendarTimeTests {
    @Test("each day of four hundred years follows the one before")
    func everyDay() throws {
        let first = try #require(
            CalendarTime(year: 1900, month: 1, day: 1, hour: 1, minute: 2, second: 3).secondsSince1970)
        var previous = CalendarTime(secondsSince1970: first)
        for seconds in stride(from: first + 86_400, to: first + 146_097 * 86_400, by: 86_400) {
            let time = CalendarTime(secondsSince1970: seconds)
            let isNext = time.day == previous.day + 1 && time.month == previous.month && time.year == previous.year
            let isNextMonth = time.day == 1 && previous.day >= 28 && time.month == previous.month % 12 + 1
            try #require(isNext || isNextMonth, "\(time) after \(previous)")
            try #require(time.secondsSince1970 == seconds && time.weekday == previous.weekday % 7 + 1)
            previous = time
        }
        #expect(previous == CalendarTime(year: 2299, month: 12, day: 31, hour: 1, minute: 2, second: 3))
    }

    @Test("the ends of the range are the ends of the years that four digits can say")
    func ends() {
        let first = CalendarTime(secondsSince1970: .min)
        let last = CalendarTime(secondsSince1970: .max)

        #expect(first == CalendarTime(year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0))
        #expect(last == CalendarTime(year: 9999, month: 12, day: 31, hour: 23, minute: 59, second: 59))
    }

    @Test("leap years follow the Gregorian rule", arguments: zip([1900, 2000, 2023, 2024], [1, 29, 1, 29]))
    func leapYears(year: Int, day: Int) throws {
        let february28 = CalendarTime(year: year, month: 2, day: 28, hour: 0, minute: 0, second: 0)

        let next = CalendarTime(secondsSince1970: try #require(february28.secondsSince1970) + 86_400)

        #expect(next.day == day)
    }
}
