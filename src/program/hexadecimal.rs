//! Keys, as people write them.

/// The bytes that hexadecimal digits mean, two digits for each. `None`: these are none.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_are_a_byte() {
        assert_eq!(bytes("c0fFEe00").as_deref(), Some(&[0xc0, 0xff, 0xee, 0][..]));
        for wrong in ["c", "0x12", "c0 f", "+1", "0g", "ü0"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
