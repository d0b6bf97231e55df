//! Keys for DKIM: read from PEM, drawn, and shown as DNS shows them.
//!
//! Invariant: a private key leaves here only as the PEM of [`SigningKey::to_pem`]; it is never
//! printed.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters of base64 on a line of PEM (RFC 7468 section 2).
const PEM_COLUMNS: usize = 64;
/// The longest text in a DNS record (RFC 1035 section 3.3).
const DNS_TEXT_BYTES_MAX: usize = 255;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// rsa-sha256 (RFC 6376).
    Rsa,
    /// ed25519-sha256 (RFC 8463).
    Ed25519,
}

/// A private key.
pub struct SigningKey(Pair);

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no `-----BEGIN …-----` with base64 behind it.
    #[error("it is no PEM")]
    Form,
    /// The PEM holds something else.
    #[error("it holds `{0}`, and not a private key")]
    Label(String),
    /// It is locked by a password.
    #[error("it is locked by a password")]
    Encrypted,
    /// It is neither an RSA key of 2048 bits or more nor an Ed25519 key.
    #[error("it is neither an Ed25519 key nor an RSA key of 2048 to 8192 bits")]
    Kind,
    /// The system gave no randomness.
    #[error("no key could be drawn")]
    Random,
}

impl KeyError {
    /// Says what to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Encrypted => "unlock it with `openssl pkey`",
            Self::Random => "run it again",
            _ => "`letterpress dkim new` draws a key",
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.algorithm())
    }
}

impl SigningKey {
    /// Reads PKCS#8 or, for RSA, PKCS#1.
    ///
    /// # Errors
    /// [`KeyError`] says what it is instead.
    pub fn parse(pem: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem).map_err(|_| KeyError::Form)?;
        let (_, rest) = text.split_once("-----BEGIN ").ok_or(KeyError::Form)?;
        let (label, rest) = rest.split_once("-----").ok_or(KeyError::Form)?;
        let end = format!("-----END {label}-----");
        let (body, _) = rest.split_once(end.as_str()).ok_or(KeyError::Form)?;
        if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::Form)?;
        let rsa = |pair| Self(Pair::Rsa(pair));
        match label {
            "PRIVATE KEY" => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
                .map(|pair| Self(Pair::Ed25519(pair)))
                .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(rsa))
                .map_err(|_| KeyError::Kind),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).map(rsa).map_err(|_| KeyError::Kind),
            other => Err(KeyError::Label(other.to_owned())),
        }
    }

    /// Draws a key; of RSA, one of 2048 bits.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn draw(algorithm: Algorithm) -> Result<Self, KeyError> {
        let pair = match algorithm {
            Algorithm::Rsa => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            Algorithm::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        pair.map(Self).map_err(|_| KeyError::Random)
    }

    /// Returns how it signs.
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Returns the key as PKCS#8 in PEM.
    ///
    /// # Errors
    /// [`KeyError::Kind`], if the key has no such form.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let der = match &self.0 {
            Pair::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair),
            Pair::Ed25519(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair),
        };
        let body = STANDARD.encode(der.map_err(|_| KeyError::Kind)?.as_ref());
        let lines = chunks(&body, PEM_COLUMNS).collect::<Vec<_>>().join("\n");
        Ok(format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"))
    }

    /// Returns the texts of the DNS record that shows the public key, which belong together.
    ///
    /// # Errors
    /// [`KeyError::Kind`], if the key has no public form.
    pub fn record(&self) -> Result<Vec<String>, KeyError> {
        let record = match &self.0 {
            Pair::Rsa(pair) => {
                let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key());
                let der = der.map_err(|_| KeyError::Kind)?;
                format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(der.as_ref()))
            }
            // RFC 8463 section 4: the 32 bytes alone.
            Pair::Ed25519(pair) => {
                format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(pair.public_key().as_ref()))
            }
        };
        Ok(chunks(&record, DNS_TEXT_BYTES_MAX).map(str::to_owned).collect())
    }

    /// Returns how long a signature is, in characters of base64.
    pub(super) fn signature_characters(&self) -> usize {
        let bytes = match &self.0 {
            Pair::Rsa(pair) => pair.public_modulus_len(),
            Pair::Ed25519(_) => 64,
        };
        bytes.div_ceil(3) * 4
    }

    /// Signs what was hashed; `None` if the library refuses.
    pub(super) fn sign(&self, data: &[u8]) -> Option<String> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature).ok()?;
                Some(STANDARD.encode(signature))
            }
            // RFC 8463 section 3: the hash is what is signed.
            Pair::Ed25519(pair) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data);
                Some(STANDARD.encode(pair.sign(hash.as_ref())))
            }
        }
    }
}

/// Cuts ASCII text into pieces of a length.
pub(super) fn chunks(text: &str, length: usize) -> impl Iterator<Item = &str> {
    (0..text.len())
        .step_by(length)
        .filter_map(move |start| text.get(start..(start + length).min(text.len())))
}
