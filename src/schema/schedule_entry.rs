//! `m2m:scheduleEntry` (TS-0004 7.4.9.1): seven fields, as in cron, from second to year.

/// The range of each field: second, minute, hour, day of month, month, day of week (0 is Sunday), year. The standard's
/// years begin with 2000; peers send earlier ones to say never, and never is what they match.
const RANGES: [(u16, u16); 7] = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6), (1970, 9999)];

/// Whether a text is a schedule entry.
pub(super) fn is_valid(text: &str) -> bool {
    let mut fields = text.split_ascii_whitespace();
    RANGES.iter().all(|range| fields.next().is_some_and(|field| is_field(field, *range))) && fields.next().is_none()
}

/// An asterisk, or numbers and ranges between commas. Asterisk and range may be followed by a step.
fn is_field(field: &str, range: (u16, u16)) -> bool {
    field.split(',').all(|element| {
        let (whole, step) = element.split_once('/').map_or((element, None), |(whole, step)| (whole, Some(step)));
        let is_stepped = step.is_none_or(|step| number(step).is_some_and(|step| step > 0));
        let is_range = match whole.split_once('-') {
            Some((from, to)) => inside(from, range).zip(inside(to, range)).is_some_and(|(from, to)| from <= to),
            None => whole == "*" || (step.is_none() && inside(whole, range).is_some()),
        };
        is_stepped && is_range
    })
}

fn inside(text: &str, (least, greatest): (u16, u16)) -> Option<u16> {
    number(text).filter(|number| (least..=greatest).contains(number))
}

fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn the_examples_of_the_standard_are_entries() {
        for good in ["* 0-5 2,6,10 * * * *", "* * 8-20 * * * *", "* * 0-23/2 * * * *", "0 0 */2 1 1 0 2030"] {
            assert!(is_valid(good), "{good}");
        }
    }

    #[test]
    fn fields_out_of_range_or_number_are_not() {
        for bad in ["", "* * * * * *", "* * * * * * * *", "60 * * * * * *", "* * 20-8 * * * *", "* * * 0 * * *"] {
            assert!(!is_valid(bad), "{bad}");
        }
        for bad in ["* * */0 * * * *", "* * 5/2 * * * *", "* * 1, * * * *", "* * +1 * * * *", "* * * * * 7 *"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
