// SPDX-License-Identifier: Apache-2.0

/// A date and a time of day in UTC, in the proleptic Gregorian calendar.
struct CalendarTime: Equatable {
    /// The years that the clock's registers can hold: 0000-01-01 to 9999-12-31, in seconds since 1970.
    static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    var year: Int
    /// 1 is January.
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int

    init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The time that many seconds after 1970; times outside `range` become its nearest end.
    init(secondsSince1970: Int64) {
        let seconds = Int(min(max(secondsSince1970, Self.range.lowerBound), Self.range.upperBound))
        let days = Self.floored(seconds, by: 86_400)
        let rest = seconds - days * 86_400
        // Counted from 1 March of year 0, the leap day is the last of its year, and 400 years are 146,097 days.
        let shifted = days + 719_468
        let era = Self.floored(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Seconds since 1970, or nil where a part is out of its range. A day past the end of a short month runs over.
    var secondsSince1970: Int64? {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0..<24).contains(hour),
            (0..<60).contains(minute), (0..<60).contains(second)
        else { return nil }
        return Int64(daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// 1 is Sunday.
    var weekday: Int {
        let days = daysSince1970 + 4
        return days - Self.floored(days, by: 7) * 7 + 1
    }

    private var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Self.floored(marchYear, by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floored(_ value: Int, by divisor: Int) -> Int {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}
