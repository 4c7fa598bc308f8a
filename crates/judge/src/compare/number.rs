//! Number syntax of C's `strtod`, and tolerances.
//!
//! The default validator reads numbers with `strtod`: an optional sign, decimal digits with an optional point
//! anywhere, an optional exponent (`1.`, `.5`, `+1`, `1e5`), or the same in hexadecimal with a binary
//! exponent (`0x10`, `0x1.8p3`). The whole token must be the number. Infinity, NaN and numbers too large for
//! a double are text to it (docs/adr/0020) and are compared as text.

use model::TokenRules;

/// Parses a whole token as a finite number; `None` if it is not one.
pub fn parse_number(token: &[u8]) -> Option<f64> {
    // Most tokens are not numbers: the first bytes decide, and spellings of infinity stop here.
    let unsigned = token.strip_prefix(b"+").or_else(|| token.strip_prefix(b"-")).unwrap_or(token);
    if !unsigned.first().is_some_and(|first| first.is_ascii_digit() || *first == b'.') {
        return None;
    }
    let number = match unsigned {
        [b'0', b'x' | b'X', digits @ ..] => hexadecimal(digits)?,
        _ => std::str::from_utf8(unsigned).ok()?.parse().ok()?,
    };
    let signed: f64 = if token[0] == b'-' { -number } else { number };
    signed.is_finite().then_some(signed)
}

/// Parses a token under a tolerance, as the default validator does with `sscanf("%lf")` in its C library:
/// like [`parse_number`], but an exponent without digits is ignored (`1e`, `1e+`, `0x1p`), `0x.` is 0, and a
/// zero byte ends the token.
pub(super) fn scan_number(token: &[u8]) -> Option<f64> {
    let token = token.split(|byte| *byte == 0).next().unwrap_or_default();
    parse_number(token).or_else(|| parse_number(without_exponent(token)?)).or_else(|| zero(token))
}

/// The text before an exponent without digits; `None` if there is no such exponent.
fn without_exponent(token: &[u8]) -> Option<&[u8]> {
    let unsigned = token.strip_suffix(b"+").or_else(|| token.strip_suffix(b"-")).unwrap_or(token);
    let (last, rest) = unsigned.split_last()?;
    let is_hexadecimal = rest.iter().any(|byte| matches!(byte, b'x' | b'X'));
    let begins_exponent = matches!((is_hexadecimal, last), (false, b'e' | b'E') | (true, b'p' | b'P'));
    begins_exponent.then_some(rest)
}

fn zero(token: &[u8]) -> Option<f64> {
    let unsigned = token.strip_prefix(b"+").or_else(|| token.strip_prefix(b"-")).unwrap_or(token);
    unsigned.eq_ignore_ascii_case(b"0x.").then_some(0.0)
}

/// Parses the text behind `0x`: digits with an optional point, then an optional `p` and decimal exponent.
fn hexadecimal(text: &[u8]) -> Option<f64> {
    let p = text.iter().position(|byte| matches!(byte, b'p' | b'P'));
    let (mantissa, exponent) = match p {
        Some(p) => (&text[..p], exponent(&text[p + 1..])?),
        None => (text, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let digits = mantissa.iter().enumerate().filter(|(index, _)| Some(*index) != point);
    let (value, dropped) =
        digits.clone().try_fold((0_u64, 0_i64), |state, (_, digit)| push_digit(state, *digit))?;
    digits.clone().next()?;
    let fraction = point.map_or(0, |point| mantissa.len() - point - 1);
    let power = exponent.saturating_add(4 * (dropped - i64::try_from(fraction).ok()?));
    Some(scale(value, power))
}

/// Appends a digit. Beyond 60 bits only zero or non-zero matters, for rounding.
fn push_digit((value, dropped): (u64, i64), digit: u8) -> Option<(u64, i64)> {
    let digit = u64::from(char::from(digit).to_digit(16)?);
    Some(if value >> 59 == 0 {
        (value * 16 + digit, dropped)
    } else {
        (value | u64::from(digit != 0), dropped + 1)
    })
}

fn exponent(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // An exponent beyond 64 bits has the same effect as their largest value.
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 }))
}

/// `value` × 2^`power`, in steps that a double can hold, so that no precision is lost before the end.
#[allow(
    clippy::cast_precision_loss,
    reason = "rounding to the nearest double is what reading a number means"
)]
fn scale(value: u64, power: i64) -> f64 {
    let power = i32::try_from(power.clamp(-2200, 2200)).unwrap_or_default();
    let step = power / 4;
    let factor = f64::from(step).exp2();
    value as f64 * factor * factor * factor * f64::from(power - 3 * step).exp2()
}

/// Whether a number is within the absolute or the relative tolerance. An unset tolerance allows nothing.
pub(super) fn is_within_tolerance(rules: &TokenRules, got: f64, expected: f64) -> bool {
    let off_by = (got - expected).abs();
    rules.absolute_tolerance.is_some_and(|max| off_by <= max)
        || rules.relative_tolerance.is_some_and(|max| off_by <= max * expected.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (token, number) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("+1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("1e5", 1e5),
            ("1E+5", 1e5),
            ("1.5e-3", 1.5e-3),
            ("007", 7.0),
            ("1e-400", 0.0),
            ("0x10", 16.0),
            ("-0X1.8p3", -12.0),
            ("0x.8", 0.5),
            ("0x1p-1074", 5e-324),
            ("0x10000000000000000", 18_446_744_073_709_551_616.0),
            ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0),
        ] {
            assert_eq!(parse_number(token.as_bytes()), Some(number), "{token}");
        }
    }

    #[test]
    fn where_a_tolerance_is_given_words_are_read_as_scanf_reads_them() {
        for (token, number) in [
            ("1e", 1.0),
            ("1E", 1.0),
            ("1e+", 1.0),
            ("-1.5e-", -1.5),
            ("1.e", 1.0),
            ("0x1p", 1.0),
            ("0X1.8P+", 1.5),
            ("0x.", 0.0),
            ("1\0abc", 1.0),
            ("1e\0", 1.0),
            ("1e5", 1e5),
            ("0x1e", 30.0),
        ] {
            assert_eq!(scan_number(token.as_bytes()), Some(number), "{token:?}");
        }
        for token in [
            "", "e", ".e", "+e", "1ee", "1e+x", "1ex", "0x", "0xp1", "0x.p", "0x.p1", "0x1px", "1p", "\x001",
            "inf", "nan", "1e400", "1f", "infe", "1++", "1+", "1-",
        ] {
            assert_eq!(scan_number(token.as_bytes()), None, "{token:?}");
        }
    }

    #[test]
    fn other_words_are_text() {
        for token in [
            "", "+", "-", ".", "e5", "1e", "1e+", "1x", "1,5", "1_000", "--1", "+-1", "0x", "0x.", "0xg",
            "0x1p", "0x1.2.3", "1.2.3", "inf", "-inf", "infinity", "nan", "NaN", "1e400", "0x1p5000", "1f",
            "1.0L", "½", "١",
        ] {
            assert_eq!(parse_number(token.as_bytes()), None, "{token}");
        }
        assert_eq!(parse_number(b"1\xff"), None);
        assert_eq!(parse_number(b"1\0"), None);
    }
}
