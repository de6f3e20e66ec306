//! Signatures of versions: Ed25519 in the format of minisign, whose own tool can check them.
//!
//! What is signed is one line, the [`statement`] of a version; since a version id is a hash over everything that the
//! version is made of, that covers all of it. The trusted comment, which is signed with it, names the context and the
//! digest of the index that goes with the version: an index is no part of a version, but decides what is found.
//!
//! ```
//! use haversack_model::Digest;
//! use haversack_sign::{KeyPair, sign, verify};
//! let keys = KeyPair::generate(None)?;
//! let version = Digest::of(b"a manifest");
//! let signature = sign(&keys.secret, None, version, "docs", None)?;
//! let signed = verify(&signature, version, &[keys.public.clone()])?;
//! assert_eq!((&signed.key, signed.context.as_str()), (&keys.public, "docs"));
//! assert!(verify(&signature, Digest::of(b"another"), &[signed.key]).is_err());
//! # Ok::<(), haversack_sign::SignError>(())
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")
)]

use std::io::Cursor;

use haversack_model::{Digest, VersionId};
use minisign::{PublicKey, PublicKeyBox, SecretKeyBox, SignatureBox};

/// Why something could not be signed or verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A public key is not one.
    #[error("`{0}` is no public key of minisign (56 characters that begin with RW, or the .pub file)")]
    PublicKey(String),
    /// A secret key cannot be read.
    #[error("the secret key cannot be read; it may need another password")]
    SecretKey(#[source] minisign::PError),
    /// A signature is not one.
    #[error("the signature is damaged or not one of minisign's")]
    Signature(#[source] minisign::PError),
    /// The version is signed, but by nobody who is trusted, or the signature is of something else.
    #[error("version {} has no valid signature by a trusted key", .0.short())]
    Untrusted(VersionId),
    /// The system gave no random numbers, or the key cannot be made.
    #[error("no key could be made")]
    Generate(#[source] minisign::PError),
    /// Signing failed.
    #[error("the version could not be signed")]
    Sign(#[source] minisign::PError),
}

/// A new key pair, in the texts that minisign's files hold.
#[derive(Clone)]
pub struct KeyPair {
    /// The secret key file. Whoever has it (and its password) signs in its owner's name.
    pub secret: String,
    /// The public key, 56 characters.
    pub public: String,
}

impl KeyPair {
    /// Makes a key pair; with a password the secret key is encrypted (which takes a second and a gigabyte, by design).
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate(password: Option<&str>) -> Result<Self, SignError> {
        let keys = match password {
            Some(password) => minisign::KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
            None => minisign::KeyPair::generate_unencrypted_keypair(),
        };
        let keys = keys.map_err(SignError::Generate)?;
        let secret = keys.sk.to_box(Some("haversack secret key")).map_err(SignError::Generate)?;
        Ok(Self { secret: secret.into_string(), public: keys.pk.to_base64() })
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

/// Who signed a version, and what else the signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The public key.
    pub key: String,
    /// The context that it was signed in.
    pub context: String,
    /// Digest of the index that was signed with it.
    pub index: Option<Digest>,
}

/// What is signed of a version: `haversack version <64 hexadecimal digits>` and a line end.
#[must_use]
pub fn statement(version: VersionId) -> String {
    format!("haversack version {version}\n")
}

/// Signs a version. `secret` is the text of a secret key file. Returns the text of a `.minisig` file.
///
/// # Errors
/// When the key cannot be read, for example because its password is another.
pub fn sign(
    secret: &str,
    password: Option<&str>,
    version: VersionId,
    context: &str,
    index: Option<Digest>,
) -> Result<String, SignError> {
    let unread = SecretKeyBox::from_string(secret).map_err(SignError::SecretKey)?;
    let key = match password {
        Some(password) => unread.into_secret_key(Some(password.to_owned())),
        None => unread.into_unencrypted_secret_key(),
    };
    let key = key.map_err(SignError::SecretKey)?;
    let index = index.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
    let trusted = format!("context:{context} index:{index}");
    let statement = Cursor::new(statement(version));
    let public = PublicKey::from_secret_key(&key).map_err(SignError::SecretKey)?.to_base64();
    let untrusted = format!("{COMMENT}{public}");
    let signature = minisign::sign(None, &key, statement, Some(&trusted), Some(&untrusted));
    Ok(signature.map_err(SignError::Sign)?.into_string())
}

/// What stands before the public key in the untrusted comment of a signature.
const COMMENT: &str = "signature of a haversack version by ";

/// Whether a signature that [`sign`] made is whole: a valid one of the version by the key that it names itself. That says
/// nothing of whether the key is to be trusted; for that there is [`verify`].
///
/// # Errors
/// When it is damaged, of another version, or made by another tool.
pub fn is_whole(signature: &str, version: VersionId) -> Result<Signed, SignError> {
    let line = signature.lines().next().unwrap_or_default();
    let key = line.strip_prefix("untrusted comment: ").and_then(|comment| comment.strip_prefix(COMMENT));
    let key = key.ok_or(SignError::Untrusted(version))?;
    // Base64 has several spellings of the same bytes; one is ours.
    if SignatureBox::from_string(signature).map_err(SignError::Signature)?.into_string() != signature {
        return Err(SignError::Untrusted(version));
    }
    verify(signature, version, &[key.to_owned()])
}

/// Whether a signature is that of one of these public keys over a version.
///
/// # Errors
/// When it is not, or a key or the signature cannot be read.
pub fn verify(signature: &str, version: VersionId, keys: &[String]) -> Result<Signed, SignError> {
    let signature = SignatureBox::from_string(signature).map_err(SignError::Signature)?;
    let keys: Vec<PublicKey> = keys.iter().map(|key| public_key(key)).collect::<Result<_, _>>()?;
    let statement = statement(version);
    let by = keys
        .iter()
        .find(|key| minisign::verify(key, &signature, Cursor::new(&statement), true, false, false).is_ok());
    let key = by.ok_or(SignError::Untrusted(version))?.to_base64();
    let trusted = signature.trusted_comment().map_err(SignError::Signature)?;
    let field = |name: &str| trusted.split(' ').find_map(|part| part.strip_prefix(name));
    let context = field("context:").unwrap_or_default().to_owned();
    Ok(Signed { key, context, index: field("index:").and_then(|digest| digest.parse().ok()) })
}

/// Reads a public key: its 56 characters, or the text of a `.pub` file.
fn public_key(text: &str) -> Result<PublicKey, SignError> {
    let text = text.trim();
    let whole = || PublicKeyBox::from_string(text).and_then(PublicKeyBox::into_public_key);
    let key = PublicKey::from_base64(text).or_else(|_| whole()).ok();
    // The library reads keys of any algorithm, as if they were of the one that there is.
    let key = key.filter(|key| key.to_base64().starts_with("RW"));
    key.ok_or_else(|| SignError::PublicKey(text.chars().take(80).collect()))
}

/// The 56 characters of a public key, from these or from the text of a `.pub` file.
///
/// # Errors
/// When it is no public key.
pub fn normal_key(text: &str) -> Result<String, SignError> {
    Ok(public_key(text)?.to_base64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_signature_or_comment_is_refused() {
        let keys = KeyPair::generate(None).unwrap();
        let (version, index) = (Digest::of(b"x"), Digest::of(b"index"));
        let signature = sign(&keys.secret, None, version, "docs", Some(index)).unwrap();
        let trusted = [keys.public.clone()];
        assert_eq!(verify(&signature, version, &trusted).unwrap().index, Some(index));
        let forged = signature.replace(&index.to_string(), &Digest::of(b"poisoned").to_string());
        assert!(matches!(verify(&forged, version, &trusted), Err(SignError::Untrusted(_))));
        assert_eq!(is_whole(&signature, version).unwrap().key, keys.public);
        for at in 0..signature.len() {
            let mut bytes = signature.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(damaged) = String::from_utf8(bytes) else { continue };
            assert!(is_whole(&damaged, version).is_err(), "byte {at}");
            assert!(is_whole(&signature[..at], version).is_err(), "cut at {at}");
            // The untrusted comment, which is the first line, is signed by nobody; nor is the last line end.
            if at > signature.find('\n').unwrap() && at + 1 < signature.len() {
                assert!(verify(&damaged, version, &trusted).is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn other_keys_and_no_keys_do_not_verify() {
        let (ours, theirs) = (KeyPair::generate(None).unwrap(), KeyPair::generate(None).unwrap());
        let version = Digest::of(b"x");
        let signature = sign(&theirs.secret, None, version, "docs", None).unwrap();
        assert!(verify(&signature, version, &[]).is_err());
        assert!(verify(&signature, version, std::slice::from_ref(&ours.public)).is_err());
        let file = format!("untrusted comment: theirs\n{}\n", theirs.public);
        assert_eq!(verify(&signature, version, &[ours.public, file]).unwrap().key, theirs.public);
        assert!(matches!(verify(&signature, version, &["RWx".to_owned()]), Err(SignError::PublicKey(_))));
        assert!(matches!(verify("nothing", version, &[]), Err(SignError::Signature(_))));
        assert!(matches!(sign("nothing", None, version, "docs", None), Err(SignError::SecretKey(_))));
    }
}
