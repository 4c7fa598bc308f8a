//! Key of a share: 128 random bits in base 62, which is safe in addresses and can be selected by a double click.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of 128 bits.
const LENGTH: usize = 22;

pub(super) fn generate() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(encode(u128::from_le_bytes(bytes)))
}

fn encode(mut number: u128) -> String {
    let mut key = [b'0'; LENGTH];
    for digit in key.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 62).expect("a digit is small")];
        number /= 62;
    }
    key.iter().map(|digit| char::from(*digit)).collect()
}

/// Whether a text has the form of a key.
pub(super) fn is_valid(key: &str) -> bool {
    key.len() == LENGTH && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_key_of_its_own() {
        assert_eq!(encode(0), "0".repeat(LENGTH));
        assert_eq!(encode(61), format!("{}z", "0".repeat(LENGTH - 1)));
        assert_eq!(encode(62), format!("{}10", "0".repeat(LENGTH - 2)));
        assert_eq!(encode(u128::MAX), "7n42DGM5Tflk9n8mt7Fhc7");
    }

    #[test]
    fn generated_keys_are_valid_and_different() {
        let keys = [0; 2].map(|_| generate().expect("randomness"));
        assert!(keys[0] != keys[1] && keys.iter().all(|key| is_valid(key)), "{keys:?}");
        for key in ["", "short", "0123456789abcdefghij-_", "0123456789abcdefghijk\u{e9}"] {
            assert!(!is_valid(key), "{key}");
        }
    }
}
