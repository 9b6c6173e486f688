//! Times as people write and read them: UTC, to the second.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// The largest year written or read: RFC 3339 has four digits.
const MAX_YEAR: u64 = 9999;

/// The fewest digits that are read as seconds since 1970: those of 1973.
const LEAST_DIGITS: usize = 9;

/// Returns the clock's time, in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Reads a time: seconds since 1970, `2026-05-01`, `2026-05-01T08:00:00Z`, or `+3d`, `+12h`, `+30m` from now.
pub(crate) fn read(text: &str) -> Result<u64, String> {
    let told = "a time is 2026-05-01, 2026-05-01T08:00:00Z, seconds since 1970, or +3d, +12h, +30m from now";
    let read = match text.strip_prefix('+') {
        Some(length) => span(length).and_then(|seconds| now().checked_add(seconds)),
        // A year alone is no time, and not taken for seconds either.
        None if text.len() >= LEAST_DIGITS => text.parse().ok().or_else(|| instant(text)),
        None => None,
    };
    read.ok_or_else(|| told.to_owned())
}

fn span(text: &str) -> Option<u64> {
    let seconds = match text.chars().last()? {
        'd' => DAY,
        'h' => 60 * 60,
        'm' => 60,
        _ => return None,
    };
    text[..text.len() - 1].parse::<u64>().ok()?.checked_mul(seconds)
}

fn instant(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, clock(time.strip_suffix('Z')?)?),
        None => (text, 0),
    };
    Some(days(date)? * DAY + time)
}

fn clock(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let [hour, minute] = [parts.next()?, parts.next()?].map(two_digits);
    let second = parts.next().map_or(Some(0), two_digits);
    let (hour, minute, second) = (hour?, minute?, second?);
    let exists = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    exists.then_some(hour * 60 * 60 + minute * 60 + second)
}

fn two_digits(text: &str) -> Option<u64> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Counts the days from 1970-01-01 to a date.
fn days(date: &str) -> Option<u64> {
    let mut parts = date.split('-');
    let year: u64 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let [month, day] = [parts.next()?, parts.next()?].map(two_digits);
    let (month, day) = (month?, day?);
    let exists = (1970..=MAX_YEAR).contains(&year)
        && (1..=12).contains(&month)
        && (1..=month_length(year, month)).contains(&day)
        && parts.next().is_none();
    let whole_years: u64 = (1970..year).map(year_length).sum();
    let whole_months: u64 = (1..month).map(|month| month_length(year, month)).sum();
    exists.then(|| whole_years + whole_months + day - 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn year_length(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_length(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Writes a time as `2026-05-01 08:00:00 UTC`; as seconds where it lies beyond the year 9999.
pub(crate) fn show(seconds: u64) -> String {
    let mut days = seconds / DAY;
    let mut year = 1970;
    while year <= MAX_YEAR && days >= year_length(year) {
        days -= year_length(year);
        year += 1;
    }
    if year > MAX_YEAR {
        return format!("{seconds} s");
    }
    let mut month = 1;
    while days >= month_length(year, month) {
        days -= month_length(year, month);
        month += 1;
    }
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC", days + 1)
}

/// Writes how long something lasts, in its largest unit.
pub(crate) fn lasting(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_shown() {
        for (text, seconds, shown) in [
            ("100000000", 100_000_000, "1973-03-03 09:46:40 UTC"),
            ("1970-01-01", 0, "1970-01-01 00:00:00 UTC"),
            ("1970-01-02", DAY, "1970-01-02 00:00:00 UTC"),
            ("2000-02-29T23:59:59Z", 951_868_799, "2000-02-29 23:59:59 UTC"),
            ("2026-05-01T08:00Z", 1_777_622_400, "2026-05-01 08:00:00 UTC"),
            ("9999-12-31T23:59:59Z", 253_402_300_799, "9999-12-31 23:59:59 UTC"),
            ("253402300800", 253_402_300_800, "253402300800 s"),
        ] {
            assert_eq!(read(text), Ok(seconds), "{text}");
            assert_eq!(show(seconds), shown);
        }
        assert_eq!(show(u64::MAX), format!("{} s", u64::MAX));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "+",
            "+3",
            "+d",
            "+3x",
            "-1",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-04-31",
            "1969-12-31",
            "26-01-01",
            "2026-1-1",
            "2026-01-01T24:00Z",
            "2026-01-01T08:00",
            "2026-01-01T08Z",
            "2026-01-01-01",
            "+99999999999999999999d",
            "2026-01-01T08:00:00:00Z",
            "é",
            "+é",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_count_from_now() {
        let read = read("+2d").unwrap();
        assert!((now() + 2 * DAY - 5..=now() + 2 * DAY).contains(&read));
        assert_eq!(lasting(90), "90 s");
        assert_eq!(lasting(3 * DAY), "3 days");
    }
}
