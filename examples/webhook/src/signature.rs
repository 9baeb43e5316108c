//! The signature of a delivery, as the specification [Standard Webhooks] has it: HMAC-SHA-256 over the
//! delivery's id, its time and its body.
//!
//! [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

use hmac::{Hmac, Mac};
use sha2::Sha256;
use theater::{base64, fail, Result};

/// The key of a secret `whsec_…`.
pub fn key_of(secret: &str) -> Result<Vec<u8>> {
    let text = secret
        .strip_prefix("whsec_")
        .ok_or("the secret begins with whsec_")?;
    let key = base64::decode(text)?;
    if key.len() < 24 {
        return fail("the secret has fewer than 24 bytes");
    }
    Ok(key)
}

/// Whether one of the signatures in a header, each `v1,…` with a blank between them, is right. It takes
/// the same time for each wrong signature.
pub fn is_signed(key: &[u8], id: &str, time: &str, body: &[u8], signatures: &str) -> bool {
    signatures
        .split(' ')
        .filter_map(|signature| base64::decode(signature.strip_prefix("v1,")?).ok())
        .any(|signature| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
                return false;
            };
            mac.update(format!("{id}.{time}.").as_bytes());
            mac.update(body);
            mac.verify_slice(&signature).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the specification's libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn checks_the_example_of_the_specification() {
        let key = key_of(SECRET).unwrap();
        assert!(is_signed(&key, ID, TIME, BODY, SIGNATURE));
        let among_others = format!("v1a,x v1,bm9uZQ== {SIGNATURE}");
        assert!(is_signed(&key, ID, TIME, BODY, &among_others));
    }

    #[test]
    fn refuses_any_other_delivery_and_signature() {
        let key = key_of(SECRET).unwrap();
        assert!(!is_signed(&key, "msg_2", TIME, BODY, SIGNATURE));
        assert!(!is_signed(&key, ID, "1614265331", BODY, SIGNATURE));
        assert!(!is_signed(&key, ID, TIME, b"{}", SIGNATURE));
        assert!(!is_signed(b"another key", ID, TIME, BODY, SIGNATURE));
        for signatures in [
            "",
            "v1,",
            "v1",
            "v2,AAAA",
            &SIGNATURE[3..],
            &SIGNATURE[..20],
        ] {
            assert!(!is_signed(&key, ID, TIME, BODY, signatures), "{signatures}");
        }
    }

    #[test]
    fn refuses_secrets_that_are_none() {
        assert!(key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_err());
        assert!(key_of("whsec_c2hvcnQ=").is_err());
        assert!(key_of("whsec_?").is_err());
    }
}
