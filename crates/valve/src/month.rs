//! UTC months, in which a rate limit counts, from seconds since 1970.

const DAY: u64 = 86_400;
/// The calendar repeats itself after 400 years.
const ERA: u64 = 146_097;
/// Days from 1 March of the year 0 to 1 January 1970.
const EPOCH: u64 = 719_468;

/// Returns the UTC month of a time in seconds since 1970, counted from January 1970.
#[must_use]
pub const fn month_of(seconds: u64) -> u64 {
    let days = seconds / DAY + EPOCH;
    let (era, day) = (days / ERA, days % ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    // Months from March on, whose lengths then repeat every five: 153 days.
    let from_march = (5 * day + 2) / 153;
    (era * 400 + year) * 12 + from_march + 2 - 1_970 * 12
}

/// Returns the first second of a UTC month, counted from January 1970; the last second there is if that is beyond it.
#[must_use]
pub const fn month_start(month: u64) -> u64 {
    let from_march = month.saturating_add(1_970 * 12 - 2);
    let (year, month) = (from_march / 12, from_march % 12);
    let (era, of_era) = (year / 400, year % 400);
    let day = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5;
    era.saturating_mul(ERA).saturating_add(day).saturating_sub(EPOCH).saturating_mul(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    const fn is_leap(year: u64) -> bool {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    }

    #[test]
    fn every_month_of_five_centuries_begins_and_ends_where_a_calendar_says() {
        let mut start = 0;
        for month in 0..500 * 12 {
            let (year, of_year) = (1970 + month / 12, usize::try_from(month % 12).unwrap());
            let leap = of_year == 1 && is_leap(year);
            let end = start + (LENGTHS[of_year] + u64::from(leap)) * DAY;
            assert_eq!(month_start(month), start, "{year}");
            assert_eq!((month_of(start), month_of(end - 1)), (month, month), "{year}");
            start = end;
        }
    }

    #[test]
    fn known_dates() {
        let in_2026 = |month: u64| (2026 - 1970) * 12 + month - 1;
        assert_eq!(month_of(0), 0);
        assert_eq!(month_of(1_772_323_199), in_2026(2), "2026-02-28T23:59:59Z");
        assert_eq!(month_of(1_772_323_200), in_2026(3), "2026-03-01T00:00:00Z");
        assert_eq!(month_of(1_798_761_599), in_2026(12), "2026-12-31T23:59:59Z");
        assert_eq!(month_of(1_798_761_600), in_2026(13), "2027-01-01T00:00:00Z");
        assert_eq!(month_of(951_782_400), (2000 - 1970) * 12 + 1, "2000-02-29T00:00:00Z");
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        assert!(month_start(month_of(u64::MAX)) > u64::MAX - 31 * DAY);
        assert_eq!(month_start(u64::MAX), u64::MAX);
    }
}
