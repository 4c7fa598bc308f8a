//! Numbers of any size: integers, and decimals that are exact except for division.

use std::{cmp::Ordering, fmt};

use num_bigint::{BigInt, Sign};
use num_traits::{ToPrimitive as _, Zero as _};

use crate::error::Fault;

/// An integer; `Large` never fits 64 bits, so that equal numbers are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Integer {
    Small(i64),
    Large(BigInt),
}

/// `digits` times ten to the power of `exponent`.
#[derive(Debug, Clone)]
pub(crate) struct Decimal {
    digits: BigInt,
    exponent: i64,
}

#[derive(Debug, Clone)]
pub(crate) enum Number {
    Integer(Integer),
    Decimal(Decimal),
}

/// Digits of a quotient; the reference has 256 bits, which are 77 digits.
const QUOTIENT_DIGITS: u64 = 80;
/// Maximum number of digits in the result of a decimal operation; more are cut.
const MAX_DIGITS: u64 = 400;
/// Maximum absolute exponent of ten.
const MAX_EXPONENT: i64 = 100_000;

const TOO_LARGE: Fault = Fault::Limit("the digits of a number that are allowed");

impl Integer {
    pub(crate) fn parse(digits: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(digits).ok()?;
        if let Ok(small) = text.parse() {
            return Some(Self::Small(small));
        }
        BigInt::parse_bytes(digits, 10).map(Self::of)
    }

    fn of(large: BigInt) -> Self {
        large.to_i64().map_or(Self::Large(large), Self::Small)
    }

    fn large(&self) -> BigInt {
        match self {
            Self::Small(small) => BigInt::from(*small),
            Self::Large(large) => large.clone(),
        }
    }

    pub(crate) fn to_u64(&self) -> Option<u64> {
        match self {
            Self::Small(small) => u64::try_from(*small).ok(),
            Self::Large(large) => large.to_u64(),
        }
    }

    pub(crate) fn bits(&self) -> u64 {
        match self {
            Self::Small(_) => 64,
            Self::Large(large) => large.bits(),
        }
    }

    fn is_zero(&self) -> bool {
        *self == Self::Small(0)
    }

    /// Applies the first function if both are small and it does not overflow, else the second.
    fn apply(
        &self,
        other: &Self,
        small: impl Fn(i64, i64) -> Option<i64>,
        large: impl Fn(BigInt, BigInt) -> BigInt,
    ) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(result) = small(*a, *b)
        {
            return Self::Small(result);
        }
        Self::of(large(self.large(), other.large()))
    }

    fn power(&self, exponent: u64, most_bits: u64) -> Result<Self, Fault> {
        let bits = match self {
            Self::Small(-1..=1) => 1,
            Self::Small(small) => u64::from(64 - small.unsigned_abs().leading_zeros()),
            Self::Large(large) => large.bits(),
        };
        if let Self::Small(small @ -1..=1) = self {
            let odd = exponent % 2 == 1;
            return Ok(Self::Small(match small {
                _ if exponent == 0 => 1,
                -1 if odd => -1,
                -1 => 1,
                other => *other,
            }));
        }
        match u32::try_from(exponent) {
            Ok(exponent) if bits.saturating_mul(exponent.into()) <= most_bits => {
                Ok(Self::of(self.large().pow(exponent)))
            }
            _ => Err(TOO_LARGE),
        }
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (a, b) => a.large().cmp(&b.large()),
        }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Decimal {
    /// Parses `-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?`.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let not_read = || Fault::program(format!("{text} is no number"));
        let digits = BigInt::parse_bytes(digits.as_bytes(), 10).ok_or_else(not_read)?;
        // An exponent beyond 64 bits is too large in any case.
        let exponent: i64 = exponent.trim_start_matches('+').parse().map_err(|_| TOO_LARGE)?;
        let places = i64::try_from(fraction.len()).map_err(|_| TOO_LARGE)?;
        Self { digits, exponent: exponent.saturating_sub(places) }.checked()
    }

    fn checked(self) -> Result<Self, Fault> {
        if self.digits.is_zero() {
            return Ok(Self { digits: self.digits, exponent: 0 });
        }
        if self.exponent.abs() > MAX_EXPONENT {
            return Err(TOO_LARGE);
        }
        Ok(self)
    }

    /// The result of an operation, without insignificant digits.
    fn rounded(self) -> Result<Self, Fault> {
        let length = self.length();
        if length <= MAX_DIGITS {
            return self.checked();
        }
        let cut = length - MAX_DIGITS;
        Self { digits: self.digits / ten_to(cut), exponent: self.exponent.saturating_add_unsigned(cut) }
            .checked()
    }

    /// Number of decimal digits, at most one too many.
    fn length(&self) -> u64 {
        // 30103 / 100000 is a little more than log10(2).
        self.digits.bits() * 30_103 / 100_000 + 1
    }

    fn of(integer: &Integer) -> Self {
        Self { digits: integer.large(), exponent: 0 }
    }

    /// Both with the smaller exponent.
    fn align(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = self.exponent.min(other.exponent);
        let to = |one: &Self| match one.exponent.abs_diff(exponent) {
            0 => one.digits.clone(),
            by => &one.digits * ten_to(by),
        };
        (to(self), to(other), exponent)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let signs = sign(&self.digits).cmp(&sign(&other.digits));
        if signs != Ordering::Equal || self.digits.is_zero() {
            return signs;
        }
        // Numbers of very different size are not written out.
        let size = |one: &Self| one.exponent.saturating_add_unsigned(one.length());
        let (own, its) = (size(self), size(other));
        if own.abs_diff(its) > 2 {
            let by_size = own.cmp(&its);
            return if self.digits.sign() == Sign::Minus { by_size.reverse() } else { by_size };
        }
        let (a, b, _) = self.align(other);
        a.cmp(&b)
    }

    fn divide(&self, other: &Self) -> Result<Self, Fault> {
        if other.digits.is_zero() {
            return Err(Fault::program("divides by zero"));
        }
        let more = (QUOTIENT_DIGITS + other.length()).saturating_sub(self.length());
        let digits = &self.digits * ten_to(more) / &other.digits;
        let exponent = self.exponent.saturating_sub(other.exponent).saturating_sub_unsigned(more);
        Self { digits, exponent }.rounded()
    }

    fn multiply(&self, other: &Self) -> Result<Self, Fault> {
        let exponent = self.exponent.saturating_add(other.exponent);
        Self { digits: &self.digits * &other.digits, exponent }.rounded()
    }

    fn power(&self, mut exponent: u64) -> Result<Self, Fault> {
        let mut square = self.clone();
        let mut result = Self { digits: BigInt::from(1), exponent: 0 };
        while exponent > 0 {
            if exponent % 2 == 1 {
                result = result.multiply(&square)?;
            }
            exponent /= 2;
            if exponent > 0 {
                square = square.multiply(&square)?;
            }
        }
        Ok(result)
    }

    /// The number as an integer, if it is one that can be written out; else digits without trailing zeros.
    fn canonical(&self) -> Result<Integer, (BigInt, i64)> {
        let (mut digits, mut exponent) = (self.digits.clone(), self.exponent);
        if digits.is_zero() {
            return Ok(Integer::Small(0));
        }
        while (&digits % 10u8).is_zero() {
            digits /= 10u8;
            exponent += 1;
        }
        match u64::try_from(exponent) {
            Ok(exponent) => Ok(Integer::of(digits * ten_to(exponent))),
            Err(_) => Err((digits, exponent)),
        }
    }
}

fn sign(of: &BigInt) -> i8 {
    match of.sign() {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

fn ten_to(exponent: u64) -> BigInt {
    BigInt::from(10u8).pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}

/// An operation on two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

impl Number {
    /// The result; integers have at most `max_digits` digits.
    pub(crate) fn calculate(
        &self,
        operation: Operation,
        other: &Self,
        most_digits: usize,
    ) -> Result<Self, Fault> {
        let most_bits = (most_digits as u64).saturating_mul(4);
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => {
                let result = whole(a, operation, b, most_bits)?;
                if result.bits() > most_bits.max(64) { Err(TOO_LARGE) } else { Ok(Self::Integer(result)) }
            }
            (base, Self::Integer(exponent)) if operation == Operation::Power => {
                Ok(Self::Decimal(base.decimal().power(exponent_of(exponent)?)?))
            }
            (a, b) => Ok(Self::Decimal(decimal(&a.decimal(), operation, &b.decimal())?)),
        }
    }

    pub(crate) fn negated(&self) -> Self {
        match self {
            Self::Integer(integer) => {
                Self::Integer(Integer::Small(0).apply(integer, i64::checked_sub, |a, b| a - b))
            }
            Self::Decimal(Decimal { digits, exponent }) => {
                Self::Decimal(Decimal { digits: -digits.clone(), exponent: *exponent })
            }
        }
    }

    fn decimal(&self) -> Decimal {
        match self {
            Self::Integer(integer) => Decimal::of(integer),
            Self::Decimal(decimal) => decimal.clone(),
        }
    }

    /// Number of machine words that an operation reads.
    pub(crate) fn words(&self) -> u64 {
        match self {
            Self::Integer(integer) => integer.bits() / 64,
            // The exponent may have to be written out.
            Self::Decimal(decimal) => decimal.digits.bits() / 64 + decimal.exponent.unsigned_abs() / 16 + 2,
        }
    }

    /// Canonical form: equal numbers have equal keys, integer or decimal.
    pub(crate) fn canonical(&self) -> Result<Integer, (BigInt, i64)> {
        match self {
            Self::Integer(integer) => Ok(integer.clone()),
            Self::Decimal(decimal) => decimal.canonical(),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (a, b) => a.decimal().compare(&b.decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(Integer::Small(small)) => write!(f, "{small}"),
            Self::Integer(Integer::Large(large)) => write!(f, "{large}"),
            Self::Decimal(Decimal { digits, exponent: 0 }) => write!(f, "{digits}"),
            Self::Decimal(Decimal { digits, exponent }) => write!(f, "{digits}e{exponent}"),
        }
    }
}

fn exponent_of(exponent: &Integer) -> Result<u64, Fault> {
    match exponent {
        Integer::Small(small) if *small < 0 => Err(Fault::program("has a negative exponent")),
        other => other.to_u64().ok_or(TOO_LARGE),
    }
}

fn whole(a: &Integer, operation: Operation, b: &Integer, most_bits: u64) -> Result<Integer, Fault> {
    let divides = matches!(operation, Operation::Divide | Operation::Modulo);
    if divides && b.is_zero() {
        return Err(Fault::program("divides by zero"));
    }
    Ok(match operation {
        Operation::Add => a.apply(b, i64::checked_add, |a, b| a + b),
        Operation::Subtract => a.apply(b, i64::checked_sub, |a, b| a - b),
        Operation::Multiply => a.apply(b, i64::checked_mul, |a, b| a * b),
        // Both round towards zero, and the remainder has the dividend's sign.
        Operation::Divide => a.apply(b, i64::checked_div, |a, b| a / b),
        Operation::Modulo => a.apply(b, i64::checked_rem, |a, b| a % b),
        Operation::Power => a.power(exponent_of(b)?, most_bits)?,
    })
}

fn decimal(a: &Decimal, operation: Operation, b: &Decimal) -> Result<Decimal, Fault> {
    match operation {
        Operation::Add | Operation::Subtract => {
            let (own, its, exponent) = a.align(b);
            let digits = if operation == Operation::Add { own + its } else { own - its };
            Decimal { digits, exponent }.rounded()
        }
        Operation::Multiply => a.multiply(b),
        Operation::Divide => a.divide(b),
        Operation::Modulo => Err(Fault::program("has a remainder of numbers that are not whole")),
        Operation::Power => Err(Fault::program("has an exponent that is not whole")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        match Integer::parse(text.as_bytes()) {
            Some(integer) => Number::Integer(integer),
            None => Number::Decimal(Decimal::parse(text.as_bytes()).unwrap()),
        }
    }

    fn check(a: &str, operation: Operation, b: &str, expected: &str) {
        let found = number(a).calculate(operation, &number(b), 1000).unwrap();
        assert_eq!(found, number(expected), "{a} {operation:?} {b} is {found}");
    }

    #[test]
    fn numbers_of_any_size_are_calculated_exactly() {
        check("9223372036854775807", Operation::Add, "1", "9223372036854775808");
        check("9223372036854775808", Operation::Subtract, "1", "9223372036854775807");
        check("10", Operation::Power, "30", "1000000000000000000000000000000");
        check("-7", Operation::Divide, "2", "-3");
        check("-7", Operation::Modulo, "2", "-1");
        check("0.1", Operation::Add, "0.2", "0.3");
        check("1.5", Operation::Multiply, "2", "3");
        check("1.5", Operation::Power, "2", "2.25");
        check("1", Operation::Divide, "4.0", "0.25");
        check("-1", Operation::Power, "1000000000001", "-1");
    }

    #[test]
    fn what_has_no_result_is_told() {
        for (a, operation, b) in [
            ("1", Operation::Divide, "0"),
            ("1.5", Operation::Divide, "0"),
            ("1", Operation::Modulo, "0"),
            ("1.5", Operation::Modulo, "2"),
            ("2", Operation::Power, "-1"),
            ("2", Operation::Power, "0.5"),
            ("2", Operation::Power, "1000000000000"),
            ("2", Operation::Power, "99999999999999999999"),
            ("10.5", Operation::Power, "1000000000000"),
        ] {
            assert!(number(a).calculate(operation, &number(b), 1000).is_err(), "{a} {operation:?} {b}");
        }
    }

    #[test]
    fn numbers_are_compared_whole_or_not_and_never_written_out_for_it() {
        for (less, more) in [
            ("0.1", "0.10000000000000000000000000000001"),
            ("-1e90000", "-1e-90000"),
            ("1e-90000", "1"),
            ("99999999999999999999", "1e20"),
            ("-0.5", "0"),
            ("0", "1e-9"),
        ] {
            assert!(number(less) < number(more), "{less} < {more}");
            assert!(number(more) > number(less), "{more} > {less}");
        }
        assert_eq!(number("1.0"), number("1"));
        assert_eq!(number("100e-2").canonical(), number("1").canonical());
        assert!(Decimal::parse(b"1e999999999999999999999").is_err());
    }
}
