use std::fmt;
use std::str::FromStr;

use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::{LogName, RecordError};

/// The signature type in keys and key IDs: Ed25519 over the text of a note.
const ED25519_NOTE: u8 = 1;
/// The name of a record whose key does not name it.
const NAME: &str = "fortnight";

/// The secret that signs checkpoints. Debug output and errors never show it.
pub struct SigningKey {
    name: String,
    pair: Ed25519KeyPair,
}

/// What is needed to check the checkpoints of a log: its name and public key. Printed in the format of
/// `golang.org/x/mod/sumdb/note`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
}

impl SigningKey {
    /// Generates a new key for a record of this name.
    ///
    /// # Errors
    /// When the name has spaces or a plus sign, or the system provides no randomness.
    pub fn generate(name: &str) -> Result<Self, RecordError> {
        let pair =
            Ed25519KeyPair::generate().map_err(|_| RecordError::Key("the system provides no randomness"))?;
        Ok(Self { name: checked_name(name)?, pair })
    }

    /// Returns the secret key as text, which [`SigningKey::from_str`] reads.
    #[must_use]
    pub fn secret(&self) -> String {
        let seed = self.pair.seed().and_then(|seed| seed.as_be_bytes());
        let mut data = vec![ED25519_NOTE];
        data.extend(seed.expect("a key pair has a seed").as_ref());
        format!("PRIVATE+KEY+{}+{:08x}+{}", self.name, self.id_as(&self.name), STANDARD.encode(data))
    }

    /// Returns the public key of a log.
    #[must_use]
    pub fn verifier(&self, log: LogName) -> VerifierKey {
        VerifierKey { name: format!("{}/{log}", self.name), public: self.public() }
    }

    pub(crate) fn sign(&self, text: &str) -> [u8; 64] {
        let signature = self.pair.sign(text.as_bytes());
        signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }

    fn public(&self) -> [u8; 32] {
        self.pair.public_key().as_ref().try_into().expect("an Ed25519 key has 32 bytes")
    }

    fn id_as(&self, name: &str) -> u32 {
        key_id(name, &self.public())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FromStr for SigningKey {
    type Err = RecordError;

    /// Reads a secret as [`SigningKey::secret`] writes it, or a PEM file as `openssl genpkey -algorithm ed25519` does.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(body) = text.strip_prefix("-----BEGIN PRIVATE KEY-----") {
            let body = body.strip_suffix("-----END PRIVATE KEY-----").unwrap_or(body);
            let der = STANDARD.decode(body.split_whitespace().collect::<String>());
            let der = der.map_err(|_| RecordError::Key("the PEM is not base64"))?;
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
            let pair = pair.map_err(|_| RecordError::Key("the PEM has no Ed25519 key"))?;
            return Ok(Self { name: NAME.to_owned(), pair });
        }
        let key = text.strip_prefix("PRIVATE+KEY+");
        let (name, id, seed) = parts(key.ok_or(RecordError::Key(
            "expected PRIVATE+KEY+name+id+base64, or PEM with BEGIN PRIVATE KEY",
        ))?)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        let pair = pair.map_err(|_| RecordError::Key("the seed is not an Ed25519 seed"))?;
        let key = Self { name, pair };
        if key.id_as(&key.name) == id { Ok(key) } else { Err(RecordError::Key("its ID does not match")) }
    }
}

impl VerifierKey {
    /// Returns the name of the log; it is the first line of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> u32 {
        key_id(&self.name, &self.public)
    }

    pub(crate) fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        ParsedPublicKey::new(&ED25519, self.public)
            .is_ok_and(|key| key.verify_sig(text.as_bytes(), signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut data = vec![ED25519_NOTE];
        data.extend(self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.id(), STANDARD.encode(data))
    }
}

impl FromStr for VerifierKey {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, id, public) = parts(text.trim())?;
        let key = Self { name, public };
        if key.id() == id { Ok(key) } else { Err(RecordError::Key("its ID does not match")) }
    }
}

/// Splits `name+id+base64`.
fn parts(text: &str) -> Result<(String, u32, [u8; 32]), RecordError> {
    let (name, rest) = text.split_once('+').ok_or(RecordError::Key("expected name+id+base64"))?;
    let (id, data) = rest.split_once('+').ok_or(RecordError::Key("expected name+id+base64"))?;
    let id = u32::from_str_radix(id, 16).map_err(|_| RecordError::Key("its ID is not hexadecimal"))?;
    let data = STANDARD.decode(data).map_err(|_| RecordError::Key("it is not base64"))?;
    match data.split_first() {
        Some((&ED25519_NOTE, key)) => {
            let key = key.try_into().map_err(|_| RecordError::Key("an Ed25519 key has 32 bytes"))?;
            Ok((checked_name(name)?, id, key))
        }
        _ => Err(RecordError::Key("it is not an Ed25519 key")),
    }
}

fn checked_name(name: &str) -> Result<String, RecordError> {
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        return Err(RecordError::Key("a name has no spaces and no plus signs"));
    }
    Ok(name.to_owned())
}

fn key_id(name: &str, public: &[u8; 32]) -> u32 {
    let digest =
        Sha256::new().chain_update(name).chain_update([b'\n', ED25519_NOTE]).chain_update(public).finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}
