//! Whiles: `xs:duration` as the standard uses it (TS-0004 6.3.2), `P1DT12H`.

/// A length of time in microseconds. Years count 365 days and months 30, as no calendar is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(i64);

impl Duration {
    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads `P[nY][nM][nD][T[nH][nM][n[.n]S]]` or `PnW`; each part at most once and in this order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let body = text.strip_prefix('P')?;
        let (date, clock) = match body.split_once('T') {
            Some((date, clock)) => (date, Some(clock)),
            None => (body, None),
        };
        if body.is_empty() || clock == Some("") {
            return None;
        }
        let days = parts(date, &[('Y', 365), ('M', 30), ('W', 7), ('D', 1)])?;
        let seconds = clock.map_or(Some(0), |clock| parts(clock, &[('H', 3600), ('M', 60), ('S', 1)]))?;
        days.checked_mul(86_400)?.checked_add(seconds)?.checked_mul(sign).map(Self)
    }
}

/// The sum of the parts in microseconds of the unit that has weight 1.
fn parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum: i64 = 0;
    for (unit, weight) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        sum = sum.checked_add(micros(number)?.checked_mul(*weight)?)?;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

fn micros(number: &str) -> Option<i64> {
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let fraction = format!("{fraction:0<6}");
    whole.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction.get(..6)?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let seconds = |text: &str| Duration::parse(text).map(|d| d.as_micros() / 1_000_000);
        assert_eq!(seconds("PT10S"), Some(10));
        assert_eq!(seconds("P1DT12H"), Some(129_600));
        assert_eq!(seconds("P2W"), Some(1_209_600));
        assert_eq!(seconds("-PT1M"), Some(-60));
        assert_eq!(Duration::parse("PT0.25S").unwrap().as_micros(), 250_000);
        for wrong in ["", "P", "PT", "10S", "P1S", "PTM", "PT1S1M", "P-1D", "PT99999999999999999999S"] {
            assert_eq!(Duration::parse(wrong), None, "{wrong}");
        }
    }
}
