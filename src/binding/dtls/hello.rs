//! A ClientHello, as far as it must be read before anything is kept of it (RFC 6347 4.2).

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const HELLO_VERIFY_REQUEST: u8 = 3;
const RECORD_HEADER: usize = 13;
const MESSAGE_SEQUENCE: usize = RECORD_HEADER + 4;

/// What a client says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hello<'a> {
    /// Epoch and number of its record.
    record: &'a [u8],
    /// Its number among the messages of the handshake: 0, and 1 when it comes again with a cookie.
    pub(super) sequence: u16,
    /// The client's random bytes, which tell its handshakes apart.
    pub(super) random: &'a [u8],
    /// What the server gave to show that the address is the client's own.
    pub(super) cookie: &'a [u8],
    /// Cipher suites in the client's order, two bytes each.
    suites: &'a [u8],
}

impl<'a> Hello<'a> {
    /// Reads a datagram that begins with a whole ClientHello. One in fragments cannot be told from others without keeping
    /// something for a stranger, so it is none.
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        let rest = &mut &*datagram;
        (take(rest, 1)? == [HANDSHAKE]).then_some(())?;
        take(rest, 2)?;
        let record = take(rest, 8)?;
        record.starts_with(&[0, 0]).then_some(())?;
        let length = number(take(rest, 2)?);
        let rest = &mut take(rest, length)?;

        (take(rest, 1)? == [CLIENT_HELLO]).then_some(())?;
        let length = number(take(rest, 3)?);
        let sequence = u16::try_from(number(take(rest, 2)?)).ok()?;
        let is_whole = number(take(rest, 3)?) == 0 && number(take(rest, 3)?) == length;
        is_whole.then_some(())?;
        let rest = &mut take(rest, length)?;

        take(rest, 2)?;
        let random = take(rest, 32)?;
        vector(rest, 1)?;
        let cookie = vector(rest, 1)?;
        let suites = vector(rest, 2)?;
        Some(Self { record, sequence, random, cookie, suites })
    }

    /// The cipher suites, in the order in which the client likes them.
    pub(super) fn suites(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.suites.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes))
    }

    /// What a cookie is made of beside the address: what the client says the same in both of its hellos.
    pub(super) fn fingerprint(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.random.iter().chain(self.suites).copied()
    }

    /// RFC 6347 4.2.1, 4.2.2: says it again, please, with this. Takes the numbers of the hello, so that nothing must be kept;
    /// the version is 1.0 whatever is spoken later. Shorter than the hello.
    pub(super) fn verify_request(&self, cookie: &[u8; 32]) -> Vec<u8> {
        let mut datagram = vec![HANDSHAKE, 0xfe, 0xfd];
        datagram.extend_from_slice(self.record);
        datagram.extend_from_slice(&[0, 47, HELLO_VERIFY_REQUEST, 0, 0, 35]);
        datagram.extend_from_slice(&self.sequence.to_be_bytes());
        datagram.extend_from_slice(&[0, 0, 0, 0, 0, 35, 0xfe, 0xff, 32]);
        datagram.extend_from_slice(cookie);
        datagram
    }
}

/// The same ClientHello under another number.
pub(super) fn renumbered(datagram: &[u8], sequence: u16) -> Vec<u8> {
    let mut copy = datagram.to_vec();
    if let Some(place) = copy.get_mut(MESSAGE_SEQUENCE..MESSAGE_SEQUENCE + 2) {
        place.copy_from_slice(&sequence.to_be_bytes());
    }
    copy
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn vector<'a>(rest: &mut &'a [u8], prefix: usize) -> Option<&'a [u8]> {
    let length = number(take(rest, prefix)?);
    take(rest, length)
}

/// Of at most three bytes.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hello(sequence: u8, cookie: &[u8]) -> Vec<u8> {
        let mut body = vec![0xfe, 0xfd];
        body.extend([7; 32]);
        body.push(0);
        body.push(u8::try_from(cookie.len()).unwrap());
        body.extend(cookie);
        body.extend([0, 4, 0xc0, 0xa8, 0xc0, 0x2b, 1, 0]);
        let length = u8::try_from(body.len()).unwrap();
        let mut datagram = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 5, 0, length + 12];
        datagram.extend([1, 0, 0, length, 0, sequence, 0, 0, 0, 0, 0, length]);
        datagram.extend(body);
        datagram
    }

    #[test]
    fn a_hello_is_read_and_answered_with_its_own_numbers() {
        let datagram = hello(0, b"");
        let read = Hello::read(&datagram).unwrap();
        assert_eq!((read.sequence, read.cookie, read.random), (0, &b""[..], &[7; 32][..]));
        assert_eq!(read.suites().collect::<Vec<_>>(), [0xc0a8, 0xc02b]);
        let answer = read.verify_request(&[9; 32]);
        assert_eq!((&answer[..11], &answer[17..19]), (&datagram[..11], &[0, 0][..]));
        assert!(answer.len() <= datagram.len(), "an answer to a stranger does not amplify");
    }

    #[test]
    fn a_hello_with_a_cookie_can_be_renumbered() {
        let datagram = renumbered(&hello(1, &[9; 32]), 0);
        assert_eq!(datagram, hello(0, &[9; 32]));
    }

    #[test]
    fn a_hello_in_fragments_or_cut_short_is_none() {
        let whole = hello(0, b"");
        for length in 0..whole.len() {
            assert_eq!(Hello::read(&whole[..length]), None);
        }
        let mut fragment = whole;
        fragment[24] -= 1;
        assert_eq!(Hello::read(&fragment), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), damage in any::<(u8, u8)>()) {
            let _ = Hello::read(&bytes);
            let mut datagram = hello(1, &[9; 32]);
            let place = usize::from(damage.0) % datagram.len();
            datagram[place] = damage.1;
            let _ = Hello::read(&datagram);
        }
    }
}
