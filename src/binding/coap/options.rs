//! Options: which there are (RFC 7252 5.10, RFC 7959, TS-0008 table 6.2.2.4.0-1), and a list of them.

use bytes::Bytes;

macro_rules! options {
    ($($number:literal $constant:ident $repeatable:literal $least:literal..=$most:literal)*) => {
        $(#[doc = concat!("Option ", stringify!($number), ".")]
        #[allow(dead_code, reason = "some have a place in the table only: they are understood, and say nothing here")]
        pub const $constant: u16 = $number;)*

        /// Whether the option may be repeated, and how many bytes it may have. `None` for what is not known here.
        const fn rule(number: u16) -> Option<(bool, usize, usize)> {
            match number {
                $($number => Some(($repeatable, $least, $most)),)*
                _ => None,
            }
        }
    };
}

// The lengths of the oneM2M options are taken wider than in the table: timestamps may have fractions or be a number of
// milliseconds, and numbers may be larger than two bytes.
options! {
    3 URI_HOST false 1..=255
    4 ETAG true 1..=8
    7 URI_PORT false 0..=2
    8 LOCATION_PATH true 0..=255
    11 URI_PATH true 0..=255
    12 CONTENT_FORMAT false 0..=2
    14 MAX_AGE false 0..=4
    15 URI_QUERY true 0..=255
    17 ACCEPT false 0..=2
    20 LOCATION_QUERY true 0..=255
    23 BLOCK2 false 0..=3
    27 BLOCK1 false 0..=3
    28 SIZE2 false 0..=4
    60 SIZE1 false 0..=4
    259 OT false 0..=255
    263 RTURI false 0..=1024
    267 TY false 0..=4
    271 RVI false 0..=255
    275 ASRI false 0..=1024
    279 FR false 0..=255
    283 RQI false 0..=255
    291 RQET false 0..=255
    295 RSET false 0..=255
    299 OET false 0..=255
    303 EC false 0..=4
    307 RSC false 0..=4
    311 GID false 0..=255
    319 CTO false 0..=8
    323 CTS false 0..=4
    327 ATI false 0..=1024
    331 VSI false 0..=255
    335 GTM false 0..=512
    339 AUS false 0..=1024
}

/// Proxy-Uri and Proxy-Scheme: known, and refused with 5.05.
const PROXY: [u16; 2] = [35, 39];

/// What is wrong with the options of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadOption {
    /// A critical option that is not known, repeated without leave, or of a wrong length (RFC 7252 5.4.1, 5.4.3, 5.4.5).
    Critical(u16),
    /// A proxy is asked for.
    Proxy,
}

/// The options of a message, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(Vec<(u16, Bytes)>);

impl Options {
    /// Adds an option behind its like.
    pub fn add(&mut self, number: u16, value: impl Into<Bytes>) {
        let place = self.0.partition_point(|(other, _)| *other <= number);
        self.0.insert(place, (number, value.into()));
    }

    /// Adds an option that is a number, in as few bytes as it takes (RFC 7252 3.2).
    pub fn add_number(&mut self, number: u16, value: u64) {
        let bytes = value.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.add(number, bytes.get(zeros..).unwrap_or_default().to_vec());
    }

    /// Puts a number in the place of whatever there is.
    pub fn set_number(&mut self, number: u16, value: u64) {
        self.remove(number);
        self.add_number(number, value);
    }

    /// Takes all options of that number out.
    pub fn remove(&mut self, number: u16) {
        self.0.retain(|(other, _)| *other != number);
    }

    /// The first option of that number.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<&Bytes> {
        self.all(number).next()
    }

    /// The first option of that number as a number. `None` when there is none, or when it has more than eight bytes.
    #[must_use]
    pub fn number(&self, number: u16) -> Option<u64> {
        let value = self.get(number).filter(|value| value.len() <= 8)?;
        Some(value.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
    }

    /// All options of that number.
    pub fn all(&self, number: u16) -> impl Iterator<Item = &Bytes> {
        self.0.iter().filter(move |(other, _)| *other == number).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Bytes)> {
        self.0.iter().map(|(number, value)| (*number, value))
    }

    /// What makes two messages parts of one transfer (RFC 7959 2.4, 2.5): all but the options that speak of the payload.
    #[must_use]
    pub fn without_blocks(&self) -> Self {
        let speaks = |number: u16| matches!(number, CONTENT_FORMAT | BLOCK1 | BLOCK2 | SIZE1 | SIZE2);
        Self(self.0.iter().filter(|(number, _)| !speaks(*number)).cloned().collect())
    }

    /// Looks for critical options that cannot be obeyed. Elective ones that are not understood are passed over.
    ///
    /// # Errors
    /// The first of them.
    pub fn check(&self) -> Result<(), BadOption> {
        let mut before = None;
        for (number, value) in &self.0 {
            let is_critical = number & 1 == 1;
            let repeated = before.replace(*number) == Some(*number);
            if !is_critical {
                continue;
            }
            if PROXY.contains(number) {
                return Err(BadOption::Proxy);
            }
            let fits = rule(*number).is_some_and(|(repeatable, least, most)| {
                (repeatable || !repeated) && (least..=most).contains(&value.len())
            });
            if !fits {
                return Err(BadOption::Critical(*number));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_critical_has_to_be_understood() {
        let check = |list: &[(u16, usize)]| {
            let mut options = Options::default();
            list.iter().for_each(|(number, length)| options.add(*number, vec![0; *length]));
            options.check()
        };
        assert_eq!(check(&[(11, 3), (11, 4), (15, 9), (279, 5), (283, 1), (6, 0), (258, 1), (65_000, 9)]), Ok(()));
        for number in [1, 5, 9, 21, 257, 343, 65_001] {
            assert_eq!(check(&[(number, 1)]), Err(BadOption::Critical(number)));
        }
        assert_eq!(check(&[(17, 1), (17, 1)]), Err(BadOption::Critical(17)));
        assert_eq!(check(&[(11, 256)]), Err(BadOption::Critical(11)));
        assert_eq!(check(&[(35, 4)]), Err(BadOption::Proxy));
        assert_eq!(check(&[(12, 9)]), Ok(()), "elective: as if it were not there");
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let mut options = Options::default();
        for (value, length) in [(0, 0), (1, 1), (255, 1), (256, 2), (65_536, 3), (u64::MAX, 8)] {
            options.set_number(CTO, value);
            assert_eq!((options.number(CTO), options.get(CTO).map(Bytes::len)), (Some(value), Some(length)));
        }
        assert_eq!(options.number(CTS), None);
    }
}
