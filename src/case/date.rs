use std::fmt;
use std::str::FromStr;

/// A day of the proleptic Gregorian calendar, from year 0 to 9999. Without a clock, time zones or locales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// Days of 400 years, after which the calendar repeats.
const ERA_DAYS: u32 = 146_097;

impl Date {
    /// So many days later; none beyond the year 9999.
    ///
    /// By the number of the day in years that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms", 2013).
    pub fn after(self, days: u32) -> Option<Self> {
        let number = self.number().checked_add(days)?;
        let (era, of_era) = (number / ERA_DAYS, number % ERA_DAYS);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march = (5 * of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = (year_of_era + 400 * era + u32::from(month <= 2)).checked_sub(400)?;
        (year <= 9999).then_some(Self { year, month, day: of_year - (153 * march + 2) / 5 + 1 })
    }

    /// Days since 1 March of the year -400.
    fn number(self) -> u32 {
        let year = self.year + 400 - u32::from(self.month <= 2);
        let (era, of_era) = (year / 400, year % 400);
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year
    }
}

/// Not a date as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDate;

impl FromStr for Date {
    type Err = NoDate;

    fn from_str(text: &str) -> Result<Self, NoDate> {
        let separated = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let number = |range: std::ops::Range<usize>| {
            let digits = text.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse::<u32>().ok()).ok_or(NoDate)
        };
        if !separated {
            return Err(NoDate);
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + u32::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if (1..=length).contains(&day) { Ok(Self { year, month, day }) } else { Err(NoDate) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
