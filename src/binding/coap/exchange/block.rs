//! A block option (RFC 7959 2.2), and the part of a body that it names.

use bytes::Bytes;

use crate::binding::coap::options::Options;

/// The value of a Block1 or Block2 option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which block, counted from 0.
    pub number: u32,
    /// Whether there are more.
    pub more: bool,
    /// The size: 16 bytes for 0, twice as many with each step, 1024 for 6.
    pub exponent: u8,
}

/// The largest size, 1024 bytes.
pub const LARGEST: u8 = 6;

/// The most blocks of one body.
const BLOCKS: u64 = 1 << 20;

impl Block {
    /// The block that an option names. The inner error is for what is none.
    ///
    /// # Errors
    /// When it has more than three bytes, or a size that does not exist.
    pub fn of(options: &Options, option: u16) -> Result<Option<Self>, ()> {
        let Some(value) = options.number(option) else { return Ok(None) };
        let number = u32::try_from(value >> 4).map_err(|_| ())?;
        let exponent = u8::try_from(value & 7).map_err(|_| ())?;
        if exponent > LARGEST || u64::from(number) >= BLOCKS {
            return Err(());
        }
        Ok(Some(Self { number, more: value & 8 != 0, exponent }))
    }

    /// The value of the option.
    #[must_use]
    pub fn value(self) -> u64 {
        (u64::from(self.number) << 4) | (u64::from(self.more) << 3) | u64::from(self.exponent & 7)
    }

    /// Bytes of a block.
    #[must_use]
    pub const fn size(self) -> usize {
        size(self.exponent)
    }

    /// Where the block begins in the body.
    #[must_use]
    pub fn start(self) -> usize {
        usize::try_from(self.number).unwrap_or(usize::MAX).saturating_mul(self.size())
    }

    /// The part of a body that begins at a block of this number and size, and what its option says. `None` when the body
    /// ends before it.
    #[must_use]
    pub fn cut(self, body: &Bytes) -> Option<(Self, Bytes)> {
        let start = self.start();
        if start > body.len() || (start == body.len() && start > 0) {
            return None;
        }
        let end = start.saturating_add(self.size()).min(body.len());
        Some((Self { more: end < body.len(), ..self }, body.slice(start..end)))
    }

    /// The block that begins there, with blocks of that size.
    #[must_use]
    pub fn at(start: usize, exponent: u8) -> Self {
        let number = start.checked_div(size(exponent)).unwrap_or(0);
        Self { number: u32::try_from(number).unwrap_or(u32::MAX), more: false, exponent }
    }
}

/// Bytes of a block of that exponent.
const fn size(exponent: u8) -> usize {
    let exponent = if exponent > LARGEST { LARGEST } else { exponent };
    16_usize << exponent
}

/// The largest exponent whose blocks have at most so many bytes.
#[must_use]
pub fn exponent_for(bytes: usize) -> u8 {
    (0..=LARGEST).rev().find(|exponent| size(*exponent) <= bytes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::coap::options::BLOCK2;

    #[test]
    fn the_value_is_read_as_it_is_written() {
        for (value, block) in [
            (0, Block { number: 0, more: false, exponent: 0 }),
            (0x0e, Block { number: 0, more: true, exponent: 6 }),
            (0x00ff_fffe, Block { number: 0x000f_ffff, more: true, exponent: 6 }),
        ] {
            let mut options = Options::default();
            options.set_number(BLOCK2, value);
            assert_eq!(Block::of(&options, BLOCK2), Ok(Some(block)));
            assert_eq!(block.value(), value);
        }
        let mut options = Options::default();
        assert_eq!(Block::of(&options, BLOCK2), Ok(None));
        for wrong in [7, 0x01ff_fff0, u64::MAX] {
            options.set_number(BLOCK2, wrong);
            assert_eq!(Block::of(&options, BLOCK2), Err(()));
        }
    }

    #[test]
    fn a_body_is_the_sum_of_its_blocks() {
        for length in [0_usize, 1, 15, 16, 17, 32, 1000] {
            let body: Bytes = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let (mut whole, mut block) = (Vec::new(), Block::at(0, 0));
            loop {
                let (cut, part) = block.cut(&body).unwrap();
                whole.extend_from_slice(&part);
                if !cut.more {
                    break;
                }
                block.number += 1;
            }
            assert_eq!(whole, body);
            assert_eq!(Block { number: block.number + 1, ..block }.cut(&body), None);
        }
        assert_eq!((exponent_for(1024), exponent_for(1000), exponent_for(16), exponent_for(3)), (6, 5, 0, 0));
    }
}
