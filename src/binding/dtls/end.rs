//! How associations end, and what is said about it.

use dimpl::{CertificateError, CryptoError, CryptoOperation, Error as DtlsError, SecurityError};

/// Why an association is over, or never came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// What the peer is told, if it is worth it.
    pub(super) alert: Option<Alert>,
    /// A sentence for whoever looks into it.
    pub(super) reason: String,
}

/// Fatal alerts (RFC 5246 7.2) that are sent while there is no key to say them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Alert {
    HandshakeFailure = 40,
    BadCertificate = 42,
    CertificateExpired = 45,
    UnknownCa = 48,
    DecryptError = 51,
    UserCanceled = 90,
}

impl Alert {
    /// As a record of its own. Its number is beyond all that a handshake uses, so that it is no repetition of any.
    pub(super) fn datagram(self) -> Vec<u8> {
        vec![21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 2, self as u8]
    }
}

impl End {
    /// Without a word to the peer.
    pub(super) fn silent(reason: impl Into<String>) -> Self {
        Self { alert: None, reason: reason.into() }
    }

    /// With an alert to the peer.
    pub(super) fn told(alert: Alert, reason: impl Into<String>) -> Self {
        Self { alert: Some(alert), reason: reason.into() }
    }
}

impl From<DtlsError> for End {
    fn from(error: DtlsError) -> Self {
        match &error {
            DtlsError::SecurityError(SecurityError::FatalAlert { description }) => {
                Self::silent(format!("the peer ended it: {} (alert {description})", meaning(*description)))
            }
            DtlsError::SecurityError(SecurityError::ExtendedMasterSecretNotNegotiated) => {
                let reason =
                    "the peer does not offer the extended master secret (RFC 7627), without which nothing is spoken";
                Self::told(Alert::HandshakeFailure, reason)
            }
            DtlsError::CertificateError(CertificateError::NoClientCertificateReceived) => {
                Self::told(Alert::HandshakeFailure, "the peer has shown no certificate")
            }
            DtlsError::Timeout(_) => Self::silent("the peer did not answer in the time of a handshake"),
            DtlsError::CryptoError(CryptoError::OperationFailed(CryptoOperation::Decrypt)) => {
                Self::told(Alert::DecryptError, "the peer has come to other keys than this side")
            }
            _ => Self::told(Alert::HandshakeFailure, error.to_string()),
        }
    }
}

/// What peers mean by the alerts that they end handshakes with.
fn meaning(description: u8) -> &'static str {
    match description {
        10 => "a message was not expected",
        20 | 51 => "the keys or signatures are not the expected ones",
        40 => "nothing was found that both sides speak and accept",
        42 | 43 | 46 => "the certificate was not accepted",
        44 => "the certificate is revoked",
        45 => "the certificate has expired, or is not valid yet",
        48 => "nobody whom it trusts has issued the certificate",
        70 => "the version is not spoken",
        71 => "something stronger is expected",
        80 => "something failed inside it",
        90 => "it was given up",
        115 => "the PSK identity is not known",
        116 => "a certificate is expected",
        _ => "of a reason of its own",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_of_the_peer_is_told_and_not_answered() {
        let end = End::from(DtlsError::SecurityError(SecurityError::FatalAlert { description: 48 }));
        assert_eq!(end, End::silent("the peer ended it: nobody whom it trusts has issued the certificate (alert 48)"));
    }

    #[test]
    fn an_alert_is_one_record_of_epoch_zero() {
        let datagram = Alert::DecryptError.datagram();
        assert_eq!((datagram.len(), datagram[0], &datagram[3..5], datagram[14]), (15, 21, &[0, 0][..], 51));
    }
}
