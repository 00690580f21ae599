//! Resource identifiers made from resource numbers: `cnt-1k3`.

use super::Node;

const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A number in Crockford's base 32, without leading zeros.
pub(crate) fn base32(mut number: u64) -> String {
    let mut text = Vec::with_capacity(13);
    loop {
        let digit = DIGITS.get((number % 32) as usize).copied().unwrap_or(b'0');
        text.push(char::from(digit));
        number /= 32;
        if number == 0 {
            return text.iter().rev().collect();
        }
    }
}

/// The number that an identifier of the form `short-number` was made from. The caller still has to look whether that
/// resource has this very identifier.
pub(crate) fn node_of(id: &str) -> Option<Node> {
    let (short, digits) = id.rsplit_once('-')?;
    if short.is_empty() || digits.is_empty() || digits.len() > 13 || digits.starts_with('0') {
        return None;
    }
    digits
        .bytes()
        .try_fold(0_u64, |number, byte| {
            let digit = DIGITS.iter().position(|d| *d == byte)? as u64;
            number.checked_mul(32)?.checked_add(digit)
        })
        .map(Node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_texts_are_no_identifiers() {
        for text in ["", "-", "cnt", "cnt-", "-5", "cnt-05", "cnt-u", "cnt-zzzzzzzzzzzzzz", "Cae1"] {
            assert_eq!(node_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_comes_back(number in 1_u64..) {
            prop_assert_eq!(node_of(&format!("cin-{}", base32(number))), Some(Node(number)));
        }
    }
}
